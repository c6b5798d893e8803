using Shouldly;
using StepCloud.Actors.Users;
using Xunit;

namespace StepCloud.Tests.Unit.Actors;

public sealed class AccessKeyTextTests
{
    /// <summary>Fixed: keys that were printed must be read for ever.</summary>
    private const string Known = "sck_0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    [Fact]
    public void A_new_key_is_read_as_it_is_and_is_never_the_same()
    {
        string[] keys = [.. Enumerable.Range(0, 200).Select(_ => AccessKeyText.Create())];
        keys.ShouldBeUnique();
        foreach (string key in keys)
        {
            key.ShouldMatch("^sck_[0-9A-HJKMNP-TV-Z]{33}$");
            AccessKeyText.Read(key).ShouldBe(key);
        }
    }

    [Fact]
    public void Case_spaces_hyphens_and_letters_that_look_alike_do_not_matter()
    {
        string key = KnownKey();
        AccessKeyText.Read(key.ToLowerInvariant()).ShouldBe(key);
        AccessKeyText.Read(key.ToUpperInvariant()).ShouldBe(key);
        AccessKeyText.Read($" {string.Join('-', key.Chunk(5).Select(part => new string(part)))}\r\n").ShouldBe(key);
        AccessKeyText.Read(key.Replace('0', 'O').Replace('1', 'l')).ShouldBe(key);
        AccessKeyText.Read(key.Replace('0', 'o').Replace('1', 'I')).ShouldBe(key);
    }

    [Fact]
    public void The_check_of_a_known_key_stays_what_it_is() => KnownKey().ShouldBe(Known + "1");

    [Fact]
    public void Every_single_wrong_letter_is_found()
    {
        string key = AccessKeyText.Create();
        for (int place = AccessKeyText.Prefix.Length; place < key.Length; place++)
        {
            foreach (char letter in AccessKeyText.Letters.Where(letter => letter != key[place]))
                AccessKeyText.Read($"{key[..place]}{letter}{key[(place + 1)..]}").ShouldBeNull();
        }
    }

    [Fact]
    public void Two_neighbours_swapped_are_found()
    {
        string key = KnownKey();
        for (int place = AccessKeyText.Prefix.Length; place < key.Length - 1; place++)
        {
            if (key[place] != key[place + 1])
                AccessKeyText.Read($"{key[..place]}{key[place + 1]}{key[place]}{key[(place + 2)..]}").ShouldBeNull();
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("sck_")]
    [InlineData("0123456789ABCDEFGHJKMNPQRSTVWXYZ0")]
    [InlineData("sck_0123456789ABCDEFGHJKMNPQRSTVWXY")]
    [InlineData("sck_0123456789ABCDEFGHJKMNPQRSTVWXYU0")]
    [InlineData("sck_0123456789ABCDEFGHJKMNPQRSTVWXYé0")]
    [InlineData("sck\0_0123456789ABCDEFGHJKMNPQRSTVWXYZ")]
    public void What_has_another_form_is_no_key(string entered) => AccessKeyText.Read(entered).ShouldBeNull();

    [Fact]
    public void A_key_with_too_many_spaces_is_not_looked_at() =>
        AccessKeyText.Read(KnownKey() + new string(' ', AccessKeyText.EnteredCharsMax)).ShouldBeNull();

    private static string KnownKey() => AccessKeyText.Letters.Select(check => Known + check).Single(key => AccessKeyText.Read(key) is not null);
}
