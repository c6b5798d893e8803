using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Reflection;
using Shouldly;
using StepCloud.Storage.Notices;
using Xunit;

namespace StepCloud.Tests.Storage;

/// <summary>Notices are counted by their kind.</summary>
public sealed class NoticeMetricsTests
{
    [Fact]
    public void Every_kind_of_notice_has_its_name_and_what_is_none_of_ours_is_one_kind()
    {
        string[] kinds = [.. typeof(Notice).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!)];
        kinds.Length.ShouldBeGreaterThan(5);
        ConcurrentBag<string> counted = [];
        using MeterListener listener = new()
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Name == "stepcloud.notices.received") self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => counted.Add((string)tags[0].Value!));
        listener.Start();
        using NoticeMetrics metrics = new();
        foreach (string kind in kinds) metrics.Received(new Notice(kind, Guid.NewGuid()));
        kinds.ShouldBeSubsetOf(counted);
        counted.ShouldNotContain("other");
        metrics.Received(new Notice("made_up", Guid.NewGuid()));
        counted.ShouldContain("other");
    }
}
