using Shouldly;
using StepCloud.Actors.Users;
using Xunit;

namespace StepCloud.Tests.Unit.Actors;

public sealed class SignInCodeTextTests
{
    [Fact]
    public void A_new_code_has_eight_letters_and_is_read_as_it_is_shown()
    {
        string[] codes = [.. Enumerable.Range(0, 200).Select(_ => SignInCodeText.Create())];
        codes.ShouldBeUnique();
        foreach (string code in codes)
        {
            code.ShouldMatch("^[0-9A-HJKMNP-TV-Z]{8}$");
            SignInCodeText.Show(code).ShouldMatch("^.{4}-.{4}$");
            SignInCodeText.Read(SignInCodeText.Show(code)).ShouldBe(code);
            SignInCodeText.SelectorOf(code).ShouldBe(code[..3]);
        }
    }

    [Theory]
    [InlineData("01km-w2xd")]
    [InlineData(" oikm w2xd ")]
    [InlineData("OLKMW2XD")]
    [InlineData("0-1-k-m-w-2-x-d")]
    [InlineData("oIKM-W2XD")]
    public void Case_spaces_hyphens_and_letters_that_look_alike_do_not_matter(string entered) => SignInCodeText.Read(entered).ShouldBe("01KMW2XD");

    [Theory]
    [InlineData("")]
    [InlineData("01KMW2X")]
    [InlineData("01KMW2XDE")]
    [InlineData("01KMW2XU")]
    [InlineData("01KMW2X.")]
    [InlineData("01KM\tW2XD")]
    [InlineData("01KMW2X\u0661")]
    [InlineData("ſ1KMW2XD")]
    public void Whatever_else_is_no_code(string entered) => SignInCodeText.Read(entered).ShouldBeNull();

    [Fact]
    public void What_is_much_too_long_is_not_looked_at() => SignInCodeText.Read("01KMW2XD" + new string(' ', 100)).ShouldBeNull();
}
