using System.Text;
using Shouldly;
using StepCloud.Actors.Users;
using Xunit;

namespace StepCloud.Tests.Unit.Actors;

public sealed class TotpTests
{
    /// <summary>Of RFC 6238, Appendix B.</summary>
    private static readonly byte[] Secret = "12345678901234567890"u8.ToArray();

    [Theory]
    [InlineData(59, "94287082")]
    [InlineData(1111111109, "07081804")]
    [InlineData(1111111111, "14050471")]
    [InlineData(1234567890, "89005924")]
    [InlineData(2000000000, "69279037")]
    [InlineData(20000000000, "65353130")]
    public void The_codes_of_RFC_6238_appendix_B(long seconds, string code)
    {
        long step = Totp.StepAt(DateTimeOffset.FromUnixTimeSeconds(seconds));
        Totp.Code(Secret, step, digits: 8).ShouldBe(code);
        Totp.Code(Secret, step).ShouldBe(code[2..]);
    }

    /// <summary>Of RFC 4226, Appendix D.</summary>
    [Theory]
    [InlineData(0, "755224")]
    [InlineData(1, "287082")]
    [InlineData(9, "520489")]
    public void The_codes_of_RFC_4226_appendix_D(long counter, string code) => Totp.Code(Secret, counter).ShouldBe(code);

    [Theory]
    [InlineData(-2, false)]
    [InlineData(-1, true)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void One_step_before_and_after_is_taken(int offset, bool isTaken)
    {
        DateTimeOffset now = DateTimeOffset.FromUnixTimeSeconds(1111111111);
        long step = Totp.StepAt(now) + offset;
        Totp.FindStep(Secret, Totp.Code(Secret, step), now, after: 0).ShouldBe(isTaken ? step : null);
    }

    [Fact]
    public void A_step_that_is_used_up_and_those_before_it_are_taken_no_more()
    {
        DateTimeOffset now = DateTimeOffset.FromUnixTimeSeconds(1111111111);
        long step = Totp.StepAt(now);
        Totp.FindStep(Secret, Totp.Code(Secret, step), now, after: step).ShouldBeNull();
        Totp.FindStep(Secret, Totp.Code(Secret, step - 1), now, after: step).ShouldBeNull();
        Totp.FindStep(Secret, Totp.Code(Secret, step + 1), now, after: step).ShouldBe(step + 1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00000")]
    [InlineData("0000000")]
    [InlineData("abcdef")]
    [InlineData("１２３４５６")]
    public void What_is_no_code_is_none_s(string code) => Totp.FindStep(Secret, code, DateTimeOffset.UnixEpoch, after: -10).ShouldBeNull();

    /// <summary>Of RFC 4648 §10, without the padding.</summary>
    [Theory]
    [InlineData("", "")]
    [InlineData("f", "MY")]
    [InlineData("fo", "MZXQ")]
    [InlineData("foo", "MZXW6")]
    [InlineData("foob", "MZXW6YQ")]
    [InlineData("fooba", "MZXW6YTB")]
    [InlineData("foobar", "MZXW6YTBOI")]
    public void Base32_is_that_of_RFC_4648(string text, string encoded) => Totp.Base32(Encoding.ASCII.GetBytes(text)).ShouldBe(encoded);
}
