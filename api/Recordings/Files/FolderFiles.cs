using Microsoft.Extensions.Options;
using Microsoft.Win32.SafeHandles;
using StepCloud.Api.Recordings.Format;
using StepCloud.Api.Settings;

namespace StepCloud.Api.Recordings.Files;

/// <summary>Recordings in a folder: `ab/cd/abcd...` by the first letters of their names, so that no folder holds too many.</summary>
internal sealed class FolderFiles(IOptions<RecordingOptions> options, ServerOptions server) : IRecordingFiles
{
    private const string UnfinishedEnd = ".part";

    private const string OwnerFile = "installation";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnersFolder = OwnerOnly | UnixFileMode.UserExecute;

    private readonly string _root = Path.GetFullPath(options.Value.Folder.Length > 0 ? options.Value.Folder : Path.Combine(server.Data, "recordings"));

    public IUnfinishedRecording Create(string name)
    {
        string path = PathOf(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, OwnersFolder);
        return new Unfinished(path, FileMode.CreateNew);
    }

    public IUnfinishedRecording Resume(string name)
    {
        string path = PathOf(name);
        // Finished, and then the server died before it could say so.
        if (!File.Exists(path + UnfinishedEnd) && File.Exists(path)) File.Move(path, path + UnfinishedEnd);
        return new Unfinished(path, FileMode.Open);
    }

    public IStoredBytes Open(string name) => new StoredFile(File.OpenHandle(PathOf(name), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.Asynchronous));

    public void Delete(string name)
    {
        string path = PathOf(name);
        if (!Directory.Exists(Path.GetDirectoryName(path))) return;
        File.Delete(path + UnfinishedEnd);
        File.Delete(path);
    }

    public bool IsOf(string installation)
    {
        Directory.CreateDirectory(_root, OwnersFolder);
        string path = Path.Combine(_root, OwnerFile);
        if (!File.Exists(path)) File.WriteAllText(path, installation);
        return File.ReadAllText(path).Trim() == installation;
    }

    public IEnumerable<string> List()
    {
        if (!Directory.Exists(_root)) yield break;
        foreach (string path in Directory.EnumerateFiles(_root, "*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2, AttributesToSkip = FileAttributes.None }))
        {
            string name = Path.GetFileName(path);
            yield return name.EndsWith(UnfinishedEnd, StringComparison.Ordinal) ? name[..^UnfinishedEnd.Length] : name;
        }
    }

    public bool HasRoomFor(long bytes)
    {
        Directory.CreateDirectory(_root, OwnersFolder);
        return new DriveInfo(_root).AvailableFreeSpace - bytes >= options.Value.KeepFreeMiB * 1024L * 1024;
    }

    private string PathOf(string name) => Path.Combine(_root, name[..2], name[2..4], name);

    /// <summary>The calls block the thread that makes them: whoever writes or reads a film has one of its own, and the kernel has no other kind for files.</summary>
    private sealed class Unfinished(string path, FileMode mode) : IUnfinishedRecording
    {
        private readonly SafeFileHandle _handle = File.OpenHandle(
            path + UnfinishedEnd, mode, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, preallocationSize: 0);

        public long Length => RandomAccess.GetLength(_handle);

        public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            RandomAccess.Write(_handle, bytes.Span, offset);
            return ValueTask.CompletedTask;
        }

        public ValueTask FlushAsync(CancellationToken cancellationToken)
        {
            RandomAccess.FlushToDisk(_handle);
            return ValueTask.CompletedTask;
        }

        public ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
            ValueTask.FromResult(RandomAccess.Read(_handle, buffer.Span, offset));

        public void Finish()
        {
            RandomAccess.FlushToDisk(_handle);
            File.SetUnixFileMode(_handle, OwnerOnly);
            File.Move(path + UnfinishedEnd, path);
            // A flush of the file writes the journal that holds the rename.
            RandomAccess.FlushToDisk(_handle);
        }

        public void CutTo(long length)
        {
            if (Length > length) RandomAccess.SetLength(_handle, length);
        }

        public ValueTask DisposeAsync()
        {
            _handle.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private sealed class StoredFile(SafeFileHandle handle) : IStoredBytes
    {
        public long Length { get; } = RandomAccess.GetLength(handle);

        public ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
            ValueTask.FromResult(RandomAccess.Read(handle, buffer.Span, offset));

        public ValueTask DisposeAsync()
        {
            handle.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
