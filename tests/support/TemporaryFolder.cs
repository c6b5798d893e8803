namespace StepCloud.Tests.Support;

/// <summary>A folder of its own for one test, deleted afterwards. Other accounts may enter it, as a folder in /opt or /srv would be.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder()
    {
        DirectoryInfo made = Directory.CreateTempSubdirectory("stepcloud-test-");
        made.UnixFileMode |= UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        Path = made.FullName;
    }

    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        if (Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
    }
}
