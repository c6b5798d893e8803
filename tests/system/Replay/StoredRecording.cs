using Npgsql;
using Shouldly;
using StepCloud.Storage.Series;
using StepCloud.Tests.Support;

namespace StepCloud.Tests.System.Replay;

/// <summary>Holds what the database has of recorded files against the files themselves, value by value.</summary>
internal static class StoredRecording
{
    public static async Task ShouldHoldEveryStepOnceAsync(this TestDatabase database, IReadOnlyList<Recording> recordings)
    {
        (await database.ScalarAsync<long>("SELECT count(*) FROM step_event")).ShouldBe(recordings.Sum(recording => recording.Steps.Count));
        (await database.ScalarAsync<long>("SELECT count(*) FROM rejected_message")).ShouldBe(0);
        foreach (Recording recording in recordings)
        {
            List<(Guid Id, string Label)> stored = await StepsOfAsync(database, recording.Name);
            stored.Select(step => step.Label).ShouldBe(recording.Steps.Select(step => step.Process), recording.Name);
            for (int i = 0; i < stored.Count; i++)
                await ShouldBeAsync(database, stored[i].Id, recording.Steps[i], $"{recording.Name}, step {i} ({stored[i].Label})");
        }
    }

    private static async Task<List<(Guid Id, string Label)>> StepsOfAsync(TestDatabase database, string file)
    {
        await using NpgsqlCommand command = database.Source.CreateCommand(
            "SELECT id, label FROM step_event WHERE settings ->> 'file' = $1 ORDER BY started");
        command.Parameters.Add(new NpgsqlParameter { Value = file });
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        List<(Guid, string)> steps = [];
        while (await reader.ReadAsync()) steps.Add((reader.GetGuid(0), reader.GetString(1)));
        return steps;
    }

    private static async Task ShouldBeAsync(TestDatabase database, Guid id, RecordedStep recorded, string what)
    {
        await using NpgsqlCommand command = database.Source.CreateCommand(
            "SELECT name, sample_count, samples FROM step_series WHERE step_id = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = id });
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        HashSet<string> seen = [];
        while (await reader.ReadAsync())
        {
            string name = reader.GetString(0);
            seen.Add(name).ShouldBeTrue($"{what}: {name} stands twice");
            long[] expectedBits = [.. recorded.Series[name].Select(BitConverter.DoubleToInt64Bits)];
            (long[] times, double[] values) = SeriesCodec.Decode(reader.GetFieldValue<byte[]>(2), reader.GetInt32(1));
            long[] storedBits = [.. values.Select(BitConverter.DoubleToInt64Bits)];
            storedBits.AsSpan().SequenceEqual(expectedBits).ShouldBeTrue($"{what}: the values of {name} differ");
            long[] expectedTimes = [.. Enumerable.Range(0, expectedBits.Length).Select(row => row * 100_000L)];
            times.AsSpan().SequenceEqual(expectedTimes).ShouldBeTrue($"{what}: the times of {name} differ");
        }

        seen.Count.ShouldBe(recorded.Series.Count, what);
    }
}
