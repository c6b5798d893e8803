using System.Text;
using Shouldly;
using StepCloud.GatewaySim.Replay;
using Xunit;

namespace StepCloud.Tests.Sim.Replay;

public sealed class MachiningCsvTests
{
    private const string Header = ",a,b,Machining_Process,tool_condition\n";

    [Theory]
    [InlineData("", "f.csv:1: the file is empty")]
    [InlineData(",a,b,tool_condition\n", "f.csv:1: the header has no column Machining_Process")]
    [InlineData(",a,b,Machining_Process\n", "f.csv:1: the header has no column tool_condition")]
    [InlineData("n,a,Machining_Process,tool_condition\n", "f.csv:1: column 1: the first column is 'n', not the unnamed one that numbers the rows")]
    [InlineData(",Machining_Process,tool_condition\n0,Prep,worn\n", "f.csv:1: the header names no signals")]
    [InlineData(",a,a,Machining_Process,tool_condition\n", "f.csv:1: column 3: a is there twice")]
    [InlineData(",a,,Machining_Process,tool_condition\n", "f.csv:1: column 3: a signal without a name")]
    [InlineData(Header, "f.csv:1: no rows follow the header")]
    [InlineData(Header + "0,1,2,Prep,worn\n1,1,x,Prep,worn\n", "f.csv:3: column 3: b is 'x', not a number")]
    [InlineData(Header + "0,1,,Prep,worn\n", "f.csv:2: column 3: b is '', not a number")]
    [InlineData(Header + "0,NaN,2,Prep,worn\n", "f.csv:2: column 2: a is 'NaN', not a finite number")]
    [InlineData(Header + "0,1e999,2,Prep,worn\n", "f.csv:2: column 2: a is '1e999', not a finite number")]
    [InlineData(Header + "0,1,2,Prep\n", "f.csv:2: 4 fields where the header has 5")]
    [InlineData(Header + "0,1,2,Prep,worn\n\n1,1,2,Prep,worn\n", "f.csv:3: 1 fields where the header has 5")]
    [InlineData(Header + "0,1,2,\"Prep,worn\n", "f.csv:2: a quoted field is not closed on its line, or has text after its quote")]
    [InlineData(Header + "x,1,2,Prep,worn\n", "f.csv:2: column 1: 'x' is not the number of a row")]
    [InlineData(Header + "-1,1,2,Prep,worn\n", "f.csv:2: column 1: '-1' is not the number of a row")]
    [InlineData(Header + "3,1,2,Prep,worn\n3,1,2,Prep,worn\n", "f.csv:3: column 1: row 3 comes after row 3")]
    public void A_malformed_file_is_told_in_one_line_with_its_place(string content, string message) =>
        Should.Throw<MachiningCsvException>(() => Read(content)).Message.ShouldBe(message);

    [Fact]
    public void Bytes_that_are_not_utf_8_are_told_with_their_line() =>
        Should.Throw<MachiningCsvException>(() => MachiningCsv.Read("f.csv", [.. Encoding.UTF8.GetBytes(Header + "0,1,2,Pr"), 0xFF, 0x0A]))
            .Message.ShouldBe("f.csv:2: not UTF-8");

    [Fact]
    public void A_byte_order_mark_carriage_returns_quotes_and_a_missing_last_line_feed_change_nothing()
    {
        MachiningFile plain = Read(Header + "0,1,2,Prep,worn\n1,3,4,End,worn\n");
        MachiningFile dressed = Read("\uFEFF" + (Header + "0,1,2,\"Prep\",worn\n1,3,4,End,\"worn\"").Replace("\n", "\r\n", StringComparison.Ordinal));

        dressed.Columns.ShouldBe(plain.Columns);
        dressed.Runs.ShouldBe(plain.Runs);
        dressed.Signals.ShouldBe(["a", "b"]);
    }

    [Fact]
    public void Quotes_keep_commas_and_quotes() =>
        CsvLine.TrySplit("a,\"b,\"\"c\"\"\",,\"\"").ShouldBe(["a", "b,\"c\"", "", ""]);

    [Fact]
    public void A_row_that_is_missing_leaves_a_gap_in_time()
    {
        MachiningFile file = Read(Header + "0,1,2,Prep,worn\n5,3,4,Prep,worn\n");
        file.RowNumbers.ShouldBe([0L, 5L]);
        file.Duration.ShouldBe(TimeSpan.FromMilliseconds(600));
    }

    private static MachiningFile Read(string content) => MachiningCsv.Read("f.csv", Encoding.UTF8.GetBytes(content));
}
