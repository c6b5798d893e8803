using System.Globalization;

namespace StepCloud.Tests.Faults.Plant;

/// <summary>A file system of its own, in a file, that can be filled without harm to the machine. Only root can mount it.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    /// <summary>Sparse: the machine gives what is written into it.</summary>
    private const long Bytes = 16L << 30;

    /// <summary>Less than a page of PostgreSQL.</summary>
    private const int LastBytes = 4096;

    private readonly string _image;
    private readonly List<string> _ballast = [];

    private SmallDisk(string image, string folder)
    {
        _image = image;
        Folder = folder;
    }

    public string Folder { get; }

    public static async Task<SmallDisk> MountAsync(string folder)
    {
        SmallDisk disk = new(Path.Combine(folder, "disk.img"), Path.Combine(folder, "disk"));
        await using (FileStream image = File.Create(disk._image)) image.SetLength(Bytes);
        await OsTool.RunAsync("/usr/sbin/mkfs.ext4", "-q", "-F", "-m", "0", disk._image);
        Directory.CreateDirectory(disk.Folder);
        await OsTool.RunAsync("mount", "-o", "loop", disk._image, disk.Folder);
        return disk;
    }

    /// <summary>Takes every block that is left, and does not tire of it: what somebody deletes is taken too.</summary>
    public async Task FillAsync()
    {
        for (long size = new DriveInfo(Folder).AvailableFreeSpace; size >= LastBytes; size /= 2)
        {
            string file = Path.Combine(Folder, $"ballast-{_ballast.Count}");
            _ballast.Add(file);
            // A part of it may be there although all of it did not fit.
            await OsTool.TryAsync("fallocate", "-l", size.ToString(CultureInfo.InvariantCulture), file);
        }
    }

    public void Clear()
    {
        foreach (string file in _ballast) File.Delete(file);
        _ballast.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await OsTool.TryAsync("umount", "-l", Folder);
        File.Delete(_image);
    }
}
