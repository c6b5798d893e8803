using StepCloud.Contracts.Ids;

namespace StepCloud.GatewaySim.Replay;

/// <summary>A job of the replay.</summary>
/// <param name="FileName">As the first replay of the file had it.</param>
public sealed record ReplayJob(MachiningFile File, DateTimeOffset Start, string FileName);

/// <summary>Decides when the recorded jobs began: one after the other, as one machine would, and none of them later than it is sent.</summary>
public static class ReplayPlan
{
    /// <param name="start">Of the first job, as the caller asked; null for those that were kept, and for the others one that fits the speed.</param>
    /// <param name="now">The last job of a plan that is sent faster than it was recorded ends when its sending ends.</param>
    public static IReadOnlyList<ReplayJob> Make(
        IReadOnlyList<MachiningFile> files, DeviceId device, ReplayStarts starts, ReplaySpeed speed, DateTimeOffset? start, DateTimeOffset now)
    {
        // A file that is named twice is the same job, so its start stands here once.
        Dictionary<string, DateTimeOffset> known = start is null ? Kept(files, device, starts) : [];
        List<MachiningFile> unknown = [.. files.DistinctBy(HashOf).Where(file => !known.ContainsKey(HashOf(file)))];
        DateTimeOffset next = CutToMilliseconds(start ?? now - TimeAhead(unknown, speed));
        foreach (MachiningFile file in unknown)
        {
            known.Add(HashOf(file), next);
            next += file.Duration;
        }
        return [.. files.Select(file => new ReplayJob(file, known[HashOf(file)], starts.Find(device, file)?.FileName ?? file.Name))];
    }

    private static Dictionary<string, DateTimeOffset> Kept(IReadOnlyList<MachiningFile> files, DeviceId device, ReplayStarts starts)
    {
        Dictionary<string, DateTimeOffset> kept = [];
        foreach (MachiningFile file in files)
        {
            if (starts.Find(device, file) is { } start)
                kept[HashOf(file)] = start.Start;
        }
        return kept;
    }

    // Slower than recorded, nothing runs ahead of the clock.
    private static TimeSpan TimeAhead(List<MachiningFile> files, ReplaySpeed speed)
    {
        TimeSpan recorded = files.Aggregate(TimeSpan.Zero, (sum, file) => sum + file.Duration);
        TimeSpan ahead = recorded - speed.Scale(recorded);
        return ahead > TimeSpan.Zero ? ahead : TimeSpan.Zero;
    }

    // The id of a step keeps milliseconds; cut here, the step and its id tell the same time.
    private static DateTimeOffset CutToMilliseconds(DateTimeOffset time) => DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());

    private static string HashOf(MachiningFile file) => Convert.ToHexString(file.Sha256);
}
