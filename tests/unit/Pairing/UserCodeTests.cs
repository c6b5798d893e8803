using Shouldly;
using StepCloud.Actors.Gateways;
using Xunit;

namespace StepCloud.Tests.Unit.Pairing;

public sealed class UserCodeTests
{
    [Fact]
    public void A_code_is_eight_of_twenty_letters_and_all_of_them_come_up()
    {
        string[] codes = [.. Enumerable.Range(0, 1000).Select(_ => UserCode.Create())];
        codes.ShouldAllBe(code => code.Length == 8);
        codes.SelectMany(code => code).Distinct().Order().ShouldBe(UserCode.Letters);
        UserCode.Letters.Length.ShouldBe(20);
        codes.Distinct().Count().ShouldBe(codes.Length);
    }

    [Theory]
    [InlineData("BCDFGHJK", "BCDFGHJK")]
    [InlineData("bcdf-ghjk", "BCDFGHJK")]
    [InlineData("  b c d f – ghjk\t", "BCDFGHJK")]
    [InlineData("ABC-1", "ABC1")]
    [InlineData("ß€", "")]
    public void What_was_entered_is_brought_into_its_normal_form(string entered, string normal) => UserCode.Normalize(entered).ShouldBe(normal);

    [Fact]
    public void What_is_shown_can_be_entered()
    {
        string code = UserCode.Create();
        UserCode.Show(code).ShouldBe($"{code[..4]}-{code[4..]}");
        UserCode.Normalize(UserCode.Show(code)).ShouldBe(code);
    }

    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64")]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2::/64")]
    [InlineData("", "")]
    public void Of_IPv6_a_whole_network_counts_as_one_address(string address, string network) => RemoteNetwork.Of(address).ShouldBe(network);
}
