using System.Text;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.GatewaySim.Ledgers;
using StepCloud.GatewaySim.Outbox;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Sim.Ledgers;

public sealed class LedgerTests : IDisposable
{
    private static readonly StepId One = StepId.Parse("019aa5b3-6c00-7000-8000-000000000001", null);
    private static readonly StepId Two = StepId.Parse("019aa5b3-6c00-7000-8000-000000000002", null);

    private readonly TemporaryFolder _folder = new();

    private string LedgerPath => _folder["ledger.log"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_event_is_a_line_that_another_program_can_read()
    {
        byte[] hash = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
        using (Ledger ledger = Ledger.Open(LedgerPath))
        {
            ledger.Sent([SentStep.Of(new OutboxStep(One, 47, "abc"u8.ToArray()) { ContentHash = hash }), SentStep.Of(new OutboxStep(Two, 0, ReadOnlyMemory<byte>.Empty))]);
            ledger.Acknowledged([One]);
            ledger.Refused(Two, "value_not_finite");
        }

        // The hashes of the bytes are those of FIPS 180-4's "abc" and of nothing. The second step was put into the outbox before contents were hashed.
        File.ReadAllText(LedgerPath).ShouldBe(
            $"S {One} 47 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
            + $"S {Two} 0 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
            + $"A {One}\n"
            + $"R {Two} value_not_finite\n");
    }

    [Fact]
    public void An_event_is_in_the_file_when_the_call_returns()
    {
        using Ledger ledger = Ledger.Open(LedgerPath);
        ledger.Acknowledged([One, Two]);

        using FileStream reader = new(LedgerPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        new StreamReader(reader).ReadToEnd().ShouldBe($"A {One}\nA {Two}\n");
    }

    [Fact]
    public void Every_tear_of_the_last_line_is_cut_off_and_the_ledger_goes_on_behind_the_line_before()
    {
        string first = $"A {One}\n";
        string second = $"R {Two} too_large\n";
        for (int kept = 0; kept < second.Length; kept++)
        {
            File.WriteAllText(LedgerPath, first + second[..kept]);
            using (Ledger ledger = Ledger.Open(LedgerPath))
                ledger.Acknowledged([Two]);
            File.ReadAllText(LedgerPath).ShouldBe($"{first}A {Two}\n", $"{kept} bytes of the line");
        }
    }

    [Fact]
    public void A_ledger_that_is_all_one_torn_line_begins_anew()
    {
        File.WriteAllText(LedgerPath, "S 019aa5b3");
        using (Ledger ledger = Ledger.Open(LedgerPath))
            ledger.Acknowledged([One]);
        File.ReadAllText(LedgerPath).ShouldBe($"A {One}\n");
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("a\nA 019aa5b3-6c00-7000-8000-000000000001")]
    [InlineData("größe")]
    public void A_code_from_outside_cannot_make_other_lines_of_itself(string code)
    {
        using (Ledger ledger = Ledger.Open(LedgerPath))
            ledger.Refused(One, code);
        File.ReadAllText(LedgerPath, Encoding.UTF8).ShouldBe($"R {One} unreadable\n");
    }
}
