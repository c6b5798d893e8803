using System.Text;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.GatewaySim;
using StepCloud.GatewaySim.Replay;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Sim.Replay;

public sealed class ReplayPlanTests : IDisposable
{
    private static readonly DateTimeOffset Now = FakeClock.Start;
    private static readonly DeviceId Mill = new(Guid.NewGuid());

    private readonly TemporaryFolder _folder = new();

    private string StartsPath => _folder["replays.json"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void At_full_speed_the_jobs_follow_each_other_and_the_last_ends_now()
    {
        MachiningFile[] files = [File("a", 30), File("b", 20)];

        Plan(files, ReplaySpeed.Max).Select(job => job.Start).ShouldBe([Now.AddSeconds(-5), Now.AddSeconds(-2)]);
    }

    [Fact]
    public void At_true_timing_the_first_job_begins_now_and_at_half_of_it_too()
    {
        MachiningFile[] files = [File("a", 30), File("b", 20)];

        Plan(files, ReplaySpeed.True).Select(job => job.Start).ShouldBe([Now, Now.AddSeconds(3)]);
        Plan(files, new ReplaySpeed(0.5))[0].Start.ShouldBe(Now);
    }

    [Fact]
    public void At_ten_times_the_speed_a_step_is_never_sent_before_it_happened()
    {
        MachiningFile file = File("a", 1000);
        ReplaySpeed speed = new(10);
        ReplayJob job = Plan([file], speed).ShouldHaveSingleItem();

        for (int row = 0; row <= 1000; row++)
        {
            TimeSpan recorded = MachiningFile.RowInterval * row;
            (Now + speed.Scale(recorded)).ShouldBeGreaterThanOrEqualTo(job.Start + recorded);
        }
    }

    [Fact]
    public void A_file_keeps_the_start_and_the_name_of_its_first_replay()
    {
        MachiningFile file = File("first", 30);
        ReplayStarts.Read(StartsPath).Keep(Mill, file, new KeptStart(Now.AddDays(-3), "first.csv"));
        ReplayStarts.Read(StartsPath).Keep(Mill, file, new KeptStart(Now, "later.csv"));

        ReplayJob job = Plan([File("renamed since", 30), File("new", 20)], ReplaySpeed.Max)[0];

        job.Start.ShouldBe(Now.AddDays(-3));
        job.FileName.ShouldBe("first.csv");
    }

    [Fact]
    public void A_kept_start_is_one_devices_own()
    {
        MachiningFile file = File("a", 30);
        ReplayStarts starts = ReplayStarts.Read(StartsPath);
        starts.Keep(new DeviceId(Guid.NewGuid()), file, new KeptStart(Now.AddDays(-3), "a.csv"));
        starts.Find(Mill, file).ShouldBeNull();
    }

    [Fact]
    public void A_start_that_is_asked_for_holds_for_the_first_job_and_the_next_follows()
    {
        MachiningFile[] files = [File("a", 30), File("b", 20)];
        ReplayStarts.Read(StartsPath).Keep(Mill, files[1], new KeptStart(Now.AddDays(-3), "b.csv"));
        DateTimeOffset asked = Now.AddDays(-10).AddTicks(12_345);

        IReadOnlyList<ReplayJob> jobs = ReplayPlan.Make(files, Mill, ReplayStarts.Read(StartsPath), ReplaySpeed.Max, asked, Now);

        // To the millisecond, which is what an id keeps.
        jobs.Select(job => job.Start).ShouldBe([Now.AddDays(-10).AddMilliseconds(1), Now.AddDays(-10).AddMilliseconds(3001)]);
    }

    [Fact]
    public void A_file_that_is_named_twice_is_one_job()
    {
        MachiningFile[] files = [File("a", 30), File("a", 30)];
        Plan(files, ReplaySpeed.Max).Select(job => job.Start).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public void A_damaged_file_of_starts_is_told()
    {
        System.IO.File.WriteAllText(StartsPath, "[]");
        Should.Throw<UserErrorException>(() => ReplayStarts.Read(StartsPath)).Message.ShouldContain("replays.json is damaged");
    }

    [Theory]
    [InlineData("max", double.PositiveInfinity)]
    [InlineData("1", 1.0)]
    [InlineData("2.5", 2.5)]
    [InlineData("0", null)]
    [InlineData("-1", null)]
    [InlineData("NaN", null)]
    [InlineData("Infinity", null)]
    [InlineData("fast", null)]
    public void A_speed_is_max_or_a_positive_number(string text, double? factor) => (ReplaySpeed.TryParse(text)?.Factor).ShouldBe(factor);

    private IReadOnlyList<ReplayJob> Plan(MachiningFile[] files, ReplaySpeed speed) =>
        ReplayPlan.Make(files, Mill, ReplayStarts.Read(StartsPath), speed, start: null, Now);

    // The rows decide the hash, so files of equal length are the same file under another name.
    private static MachiningFile File(string name, int rows)
    {
        StringBuilder content = new(",a,Machining_Process,tool_condition\n");
        for (int row = 0; row < rows; row++)
            content.Append(row).Append(",1.5,Prep,worn\n");
        return MachiningCsv.Read(name + ".csv", Encoding.UTF8.GetBytes(content.ToString()));
    }
}
