using System.Text.Json;
using Shouldly;
using StepCloud.Actors.Alarms;
using Xunit;

namespace StepCloud.Tests.Unit.Alarms;

public sealed class SettingWatchTests
{
    /// <summary>The examples of RFC 6901 §5.</summary>
    [Theory]
    [InlineData("/foo", """["bar","baz"]""")]
    [InlineData("/foo/0", "\"bar\"")]
    [InlineData("/", "0")]
    [InlineData("/a~1b", "1")]
    [InlineData("/c%d", "2")]
    [InlineData("/e^f", "3")]
    [InlineData("/g|h", "4")]
    [InlineData("/i\\j", "5")]
    [InlineData("/k\"l", "6")]
    [InlineData("/ ", "7")]
    [InlineData("/m~0n", "8")]
    [InlineData("/foo/2", null)]
    [InlineData("/foo/00", null)]
    [InlineData("/foo/-", null)]
    [InlineData("/foo/bar", null)]
    [InlineData("/a~1b/c", null)]
    public void A_pointer_leads_where_the_standard_says(string pointer, string? expected)
    {
        using JsonDocument json = JsonDocument.Parse("""{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}""");
        SettingWatch.Find(json.RootElement, pointer)?.GetRawText().ShouldBe(expected);
        SettingWatch.IsPointer(pointer).ShouldBeTrue();
    }

    [Theory]
    [InlineData("")]
    [InlineData("foo")]
    [InlineData("/a~")]
    [InlineData("/a~2")]
    [InlineData("/~0~")]
    public void What_is_no_pointer_into_settings_is_known(string text) => SettingWatch.IsPointer(text).ShouldBeFalse();

    [Theory]
    [InlineData("2.50", "2.5", true)]
    [InlineData("25e-1", "2.5", true)]
    [InlineData("2.5", "\"2.5\"", true)]
    [InlineData("2,5", "2.5", false)]
    [InlineData("null", "null", true)]
    [InlineData("true", "true", true)]
    [InlineData("true", "\"true\"", true)]
    [InlineData("1", "true", false)]
    public void A_number_is_equal_by_its_value_and_anything_else_by_its_text(string text, string value, bool expected)
    {
        using JsonDocument json = JsonDocument.Parse($$"""{"a":{{value}}}""");
        AlarmCondition condition = new(AlarmSubject.Setting) { Pointer = "/a", EqualTo = text };
        SettingWatch.Holds(condition, json.RootElement).ShouldBe(expected);
    }
}
