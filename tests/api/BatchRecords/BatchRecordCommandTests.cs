using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Api.Tokens;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.BatchRecords;

/// <summary>`stepcloud batch-record`, as the program that it is: no server, no database, no settings.</summary>
public sealed class BatchRecordCommandTests
{
    [Fact]
    public async Task Verify_ends_with_0_for_a_sound_record_1_for_one_that_is_not_and_2_for_what_cannot_be_read()
    {
        using TemporaryFolder folder = new();
        SampleRecord sample = new();
        string keys = folder["keys.json"], good = folder["good.json"], bad = folder["bad.json"];
        await File.WriteAllBytesAsync(keys, JsonSerializer.SerializeToUtf8Bytes(new JsonWebKeySet([sample.Key.PublicKey])));
        await File.WriteAllBytesAsync(good, sample.Signed());
        await File.WriteAllBytesAsync(bad, SampleRecord.Rewritten(sample.Signed(), "\"parts\":2", "\"parts\":3"));

        Result sound = await RunAsync(folder, "UTC", "batch-record", "verify", good, "--keys", keys);
        sound.ExitCode.ShouldBe(0, sound.ToString());
        sound.Output.ShouldContain("released by Ada Ok");
        sound.Output.TrimEnd().ShouldEndWith("is sound.");

        Result broken = await RunAsync(folder, "UTC", "batch-record", "verify", bad, "--keys", keys, "--json");
        broken.ExitCode.ShouldBe(1, broken.ToString());
        JsonNode verdict = JsonNode.Parse(broken.Output)!;
        ((bool?)verdict["is_sound"]).ShouldBe(false);
        verdict["faults"]!.AsArray().ShouldNotBeEmpty();

        (await RunAsync(folder, "UTC", "batch-record", "verify", good)).ExitCode.ShouldBe(2);
        (await RunAsync(folder, "UTC", "batch-record", "verify", keys, "--keys", keys)).ExitCode.ShouldBe(2);
        (await RunAsync(folder, "UTC", "batch-record", "verify", good, "--keys", good)).ExitCode.ShouldBe(2);
        (await RunAsync(folder, "UTC", "batch-record", "verify", folder["none"], "--keys", keys)).ExitCode.ShouldBe(2);
    }

    [Fact]
    public async Task Two_processes_in_two_time_zones_print_the_same_bytes()
    {
        using TemporaryFolder folder = new();
        string file = folder["record.json"];
        await File.WriteAllBytesAsync(file, new SampleRecord { Said = "中 ä" }.Signed());
        (await RunAsync(folder, "UTC", "batch-record", "pdf", file)).ShouldSatisfyAllConditions(
            result => result.ExitCode.ShouldBe(0, result.ToString()), result => result.Output.Trim().ShouldBe(folder["record.pdf"]));
        Result other = await RunAsync(folder, "Asia/Tokyo", "batch-record", "pdf", file, folder["other.pdf"]);
        other.ExitCode.ShouldBe(0, other.ToString());
        (await File.ReadAllBytesAsync(folder["other.pdf"])).ShouldBe(await File.ReadAllBytesAsync(folder["record.pdf"]));
        (await RunAsync(folder, "UTC", "batch-record", "pdf", file, file)).ExitCode.ShouldBe(2);
        (await RunAsync(folder, "UTC", "batch-record", "pdf", folder["other.pdf"], folder["x.pdf"])).ExitCode.ShouldBe(2);
    }

    private static async Task<Result> RunAsync(TemporaryFolder folder, string zone, params string[] arguments)
    {
        ProcessStartInfo info = new("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "stepcloud.dll"), .. arguments])
        {
            WorkingDirectory = folder.Path,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        info.Environment["TZ"] = zone;
        using CancellationTokenSource patience = new(TimeSpan.FromMinutes(4));
        using Process process = Process.Start(info)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(patience.Token);
        string output = await process.StandardOutput.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        return new Result(process.ExitCode, output, await errors);
    }

    private sealed record Result(int ExitCode, string Output, string Errors);
}
