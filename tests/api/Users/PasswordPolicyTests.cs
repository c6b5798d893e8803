using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using StepCloud.Api.Passwords;
using Xunit;

namespace StepCloud.Tests.Api.Users;

public sealed class PasswordPolicyTests
{
    private const string Email = "jane.doe@laboratory-north.example";

    [Theory]
    [InlineData("kV8#tq!wLz2")]
    [InlineData("")]
    [InlineData("🔑🔒🗝️🧩🎲🪁🧵🪡🧶🪢")]
    public void Eleven_characters_are_too_few_however_many_bytes_they_have(string password) =>
        PasswordPolicy.Check(password, Email).ShouldBe(PasswordFault.TooShort);

    [Theory]
    [InlineData("kV8#tq!wLz2R")]
    [InlineData("gumbo trellis oxbow quern")]
    [InlineData("密码学是研究编制密码和破译")]
    [InlineData("🔑🔒🗝🧩🎲🪁🧵🪡🧶🪢🧷🪛")]
    [InlineData("tq8 vresk lumo pafi")]
    public void Twelve_characters_that_nobody_guesses_may_be_chosen(string password) => PasswordPolicy.Check(password, Email).ShouldBeNull();

    [Fact]
    public void Two_hundred_characters_are_the_most()
    {
        string longest = string.Concat(Enumerable.Range(0, 200).Select(index => char.ConvertFromUtf32(0x4E00 + (index * 37))));
        PasswordPolicy.Check(longest, Email).ShouldBeNull();
        PasswordPolicy.Check(longest + "x", Email).ShouldBe(PasswordFault.TooLong);
    }

    [Theory]
    [InlineData("password1234")]
    [InlineData("P@ssw0rd2024!!!")]
    [InlineData("PASSWORDPASSWORD")]
    [InlineData("123456789012")]
    [InlineData("qwertyuiop123")]
    [InlineData("aaaaaaaaaaaaaaa")]
    [InlineData("abcdefghijklmnop")]
    [InlineData("Summer2026!!!")]
    [InlineData("letmeinletmein")]
    [InlineData("xyxyxyxyxyxyxy")]
    [InlineData("1qaz2wsx3edc")]
    [InlineData("correcthorsebatterystaple")]
    [InlineData("Willkommen2025")]
    [InlineData("iloveyou1985")]
    [InlineData("---admin1234---")]
    public void What_is_guessed_first_is_refused_in_every_guise(string password) =>
        PasswordPolicy.Check(password, Email).ShouldBe(PasswordFault.Common);

    [Theory]
    [InlineData("jane.doe1234567")]
    [InlineData("JaneDoe2026!!")]
    [InlineData("laboratory-north1")]
    [InlineData("StepCloud2026")]
    [InlineData("St3pCl0ud!!!!")]
    public void What_is_known_of_the_account_and_of_the_product_is_refused(string password) =>
        PasswordPolicy.Check(password, Email).ShouldBe(PasswordFault.Common);

    [Fact]
    public void What_one_address_gives_away_another_does_not() =>
        PasswordPolicy.Check("quernoxbow2026", "quern.oxbow@vresk.example").ShouldBe(PasswordFault.Common);

    [Fact]
    public void The_same_password_is_good_for_somebody_else() => PasswordPolicy.Check("quernoxbow2026", Email).ShouldBeNull();

    [Fact]
    public void Half_a_character_is_refused() => PasswordPolicy.Check("kV8#tq!wLz2R\uD83D", Email).ShouldBe(PasswordFault.NotText);

    [Fact]
    public void Random_passwords_of_twelve_letters_and_digits_are_hardly_ever_refused()
    {
        Random random = new(20261121);
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        int refused = Enumerable.Range(0, 2000).Count(_ =>
            PasswordPolicy.Check(string.Concat(Enumerable.Range(0, 12).Select(_ => alphabet[random.Next(alphabet.Length)])), Email) is not null);
        refused.ShouldBe(0);
    }

    [Fact]
    public void Whatever_is_sent_gets_an_answer() =>
        Prop.ForAll<string, string>((password, email) =>
        {
            PasswordPolicy.Check(password ?? "", email ?? "");
            return true;
        }).QuickCheckThrowOnFailure();
}
