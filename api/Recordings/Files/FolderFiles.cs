using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.Options;
using Microsoft.Win32.SafeHandles;
using StepCloud.Api.Recordings.Format;
using StepCloud.Api.Settings;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Recordings.Files;

/// <summary>Recordings in a folder: `ab/cd/abcd...` by the first letters of their names, so that no folder holds too many.</summary>
internal sealed class FolderFiles(IOptions<RecordingOptions> options, ServerOptions server) : IRecordingFiles, IRecordingPlace
{
    private const string UnfinishedEnd = ".part";

    /// <summary>The mark of the installation whose the folder is.</summary>
    private const string OwnerFile = "installation";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnersFolder = OwnerOnly | UnixFileMode.UserExecute;

    private const int CopyBytes = 1024 * 1024;

    private readonly string _root = Path.GetFullPath(options.Value.Folder.Length > 0 ? options.Value.Folder : Path.Combine(server.Data, "recordings"));

    public string Store => RecordingPlaceNames.Folder;

    public string Location => _root;

    public TimeSpan SweepEvery => options.Value.SweepEvery;

    public IUnfinishedRecording Create(string name)
    {
        string path = PathOf(name);
        MakeFolder(Path.GetDirectoryName(path)!);
        return new Unfinished(path, FileMode.CreateNew);
    }

    public IUnfinishedRecording Resume(string name)
    {
        string path = PathOf(name);
        // Finished, and then the server died before it could say so.
        if (!File.Exists(path + UnfinishedEnd) && File.Exists(path)) File.Move(path, path + UnfinishedEnd);
        return new Unfinished(path, FileMode.Open);
    }

    /// <summary>Whoever has it open reads on when it is taken away.</summary>
    public Task<IStoredBytes> OpenAsync(string name, long from, long until, CancellationToken cancellationToken) =>
        Task.FromResult<IStoredBytes>(Open(PathOf(name)));

    public IStoredBytes OpenBegun(string name)
    {
        try
        {
            return Open(PathOf(name) + UnfinishedEnd);
        }
        catch (FileNotFoundException)
        {
            // Finished, before whoever wrote it could say so.
            return Open(PathOf(name));
        }
    }

    public async Task PutAsync(string name, IStoredBytes source, CancellationToken cancellationToken)
    {
        if (!HasRoomFor(source.Length)) throw new IOException("There is no room for it in the folder of the recordings: see Recordings:KeepFreeMiB.");
        byte[] buffer = new byte[CopyBytes];
        await using IUnfinishedRecording copy = Create(name);
        long at = 0;
        for (int read; (read = await source.ReadAsync(at, buffer, cancellationToken)) > 0; at += read) await copy.WriteAsync(at, buffer.AsMemory(0, read), cancellationToken);
        copy.Finish();
    }

    public Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        Delete(name);
        return Task.CompletedTask;
    }

    public void Delete(string name)
    {
        string path = PathOf(name);
        if (!Directory.Exists(Path.GetDirectoryName(path))) return;
        File.Delete(path + UnfinishedEnd);
        File.Delete(path);
    }

    public async Task<string?> FindOwnerAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await File.ReadAllTextAsync(Path.Combine(_root, OwnerFile), cancellationToken)).Trim();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreAwayException(Store, $"the file '{OwnerFile}' of its folder cannot be read: {e.Message}", e);
        }
    }

    public async Task MarkAsync(string installation, string? former, CancellationToken cancellationToken)
    {
        string path = Path.Combine(_root, OwnerFile), written = $"{path}.{Guid.NewGuid():N}";
        if (await FindOwnerAsync(cancellationToken) != former) return;
        try
        {
            MakeFolder(_root);
            // Whoever reads it beside us finds all of it, or none.
            await using (FileStream file = new(written, FileMode.CreateNew))
            {
                FolderOwner.Give(written);
                await file.WriteAsync(Encoding.ASCII.GetBytes(installation), cancellationToken);
                file.Flush(flushToDisk: true);
            }

            File.Move(written, path, overwrite: former is not null);
        }
        catch (IOException) when (former is null && File.Exists(path))
        {
            // Another was faster.
            File.Delete(written);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreAwayException(Store, $"the file '{OwnerFile}' cannot be made in its folder: {e.Message}", e);
        }
    }

    public async IAsyncEnumerable<PlacedName> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!Directory.Exists(_root)) yield break;
        // The calls block: not those of whoever else waits for the thread.
        await Task.Yield();
        foreach (string path in Directory.EnumerateFiles(_root, "*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2, AttributesToSkip = FileAttributes.None }))
        {
            cancellationToken.ThrowIfCancellationRequested();
            string name = Path.GetFileName(path);
            if (name.EndsWith(UnfinishedEnd, StringComparison.Ordinal)) name = name[..^UnfinishedEnd.Length];
            if (RecordingFileName.Is(name)) yield return new PlacedName(name, new DateTimeOffset(File.GetLastWriteTimeUtc(path)));
        }
    }

    public bool HasRoomFor(long bytes)
    {
        MakeFolder(_root);
        return new DriveInfo(_root).AvailableFreeSpace - bytes >= options.Value.KeepFreeMiB * 1024L * 1024;
    }

    private static StoredFile Open(string path) =>
        new(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.Asynchronous));

    /// <summary>And those that it is in, each its owner's alone.</summary>
    private static void MakeFolder(string path)
    {
        if (Directory.Exists(path)) return;
        if (Path.GetDirectoryName(path) is { } parent) MakeFolder(parent);
        Directory.CreateDirectory(path, OwnersFolder);
        FolderOwner.Give(path);
    }

    private string PathOf(string name) => Path.Combine(_root, name[..2], name[2..4], name);

    /// <summary>The calls block the thread that makes them: whoever writes or reads a film has one of its own, and the kernel has no other kind for files.</summary>
    private sealed class Unfinished(string path, FileMode mode) : IUnfinishedRecording
    {
        private readonly SafeFileHandle _handle = OpenPart(path + UnfinishedEnd, mode);

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

        private static SafeFileHandle OpenPart(string part, FileMode mode)
        {
            SafeFileHandle handle = File.OpenHandle(part, mode, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, preallocationSize: 0);
            try
            {
                if (mode == FileMode.CreateNew) FolderOwner.Give(part);
                return handle;
            }
            catch
            {
                handle.Dispose();
                throw;
            }
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
