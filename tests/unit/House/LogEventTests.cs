using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace StepCloud.Tests.Unit.House;

/// <summary>A line of the log is found by its event id, in alerts and by people: it must mean one thing.</summary>
public sealed partial class LogEventTests
{
    [Fact]
    public void No_two_lines_of_the_server_s_log_have_one_event_id()
    {
        string[] server = [.. new[] { "contracts", "mqtt", "storage", "actors", "api", "silo" }.Select(folder => Path.Combine(Repository.Root, folder) + "/")];
        (string Id, string Place)[] events =
        [
            .. from file in Repository.Files("*.cs")
               where server.Any(folder => file.StartsWith(folder, StringComparison.Ordinal))
               from Match found in EventId().Matches(File.ReadAllText(file))
               select (found.Groups["id"].Value, Path.GetRelativePath(Repository.Root, file)),
        ];
        events.Length.ShouldBeGreaterThan(100);
        events.GroupBy(found => found.Id, found => found.Place).Where(group => group.Count() > 1).Select(group => $"{group.Key}: {string.Join(", ", group)}").ShouldBeEmpty();
    }

    [GeneratedRegex(@"\[LoggerMessage\((?<id>[0-9]+),", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex EventId();
}
