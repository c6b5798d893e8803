using Microsoft.Extensions.Options;
using Shouldly;
using StepCloud.Actors.Ports;
using StepCloud.Api.Passwords;
using StepCloud.Tests.Api.Tokens;
using Xunit;

namespace StepCloud.Tests.Api.Passwords;

public sealed class PasswordHasherTests
{
    private const string Password = "correct horse battery staple";

    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task The_default_cost_is_64_MiB_and_3_passes_of_Argon2id()
    {
        using PasswordHasher hasher = new(Options.Create(new PasswordOptions()));
        string hash = await hasher.HashAsync(Password, None);
        hash.ShouldStartWith("$argon2id$v=19$m=65536,t=3,p=1$");
        (await hasher.VerifyAsync(Password, hash, None)).ShouldBe(PasswordVerdict.Right);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Correct horse battery staple")]
    [InlineData("correct horse battery staple ")]
    [InlineData("correct horse battery staple\0")]
    [InlineData("correct\0horse battery staple")]
    public async Task A_wrong_password_is_wrong(string wrong)
    {
        using PasswordHasher hasher = Cheap();
        string hash = await hasher.HashAsync(Password, None);
        (await hasher.VerifyAsync(wrong, hash, None)).ShouldBe(PasswordVerdict.Wrong);
    }

    [Theory]
    [InlineData("")]
    [InlineData("pässwörd 密码 🔑")]
    [InlineData("a\0b")]
    public async Task Every_text_can_be_a_password(string password)
    {
        using PasswordHasher hasher = Cheap();
        string hash = await hasher.HashAsync(password, None);
        (await hasher.VerifyAsync(password, hash, None)).ShouldBe(PasswordVerdict.Right);
        (await hasher.VerifyAsync(password + "b", hash, None)).ShouldBe(PasswordVerdict.Wrong);
    }

    [Fact]
    public async Task Two_hashes_of_one_password_share_no_salt()
    {
        using PasswordHasher hasher = Cheap();
        string first = await hasher.HashAsync(Password, None), second = await hasher.HashAsync(Password, None);
        first.Split('$')[4].ShouldNotBe(second.Split('$')[4]);
    }

    [Fact]
    public async Task The_hash_of_the_reference_implementation_is_verified()
    {
        // From the test of the reference implementation of Argon2 (src/test.c: version 1.3, Argon2id, t=2, m=2^16, p=1).
        const string reference = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        using PasswordHasher hasher = Cheap();
        (await hasher.VerifyAsync("password", reference, None)).ShouldBe(PasswordVerdict.Right);
        (await hasher.VerifyAsync("passwore", reference, None)).ShouldBe(PasswordVerdict.Wrong);
    }

    [Theory]
    [InlineData(20, 2)]
    [InlineData(19, 3)]
    public async Task A_hash_of_a_lower_cost_is_right_but_outdated(int memoryMiB, int passes)
    {
        using PasswordHasher before = Cheap(), today = Cheap(memoryMiB, passes);
        string hash = await before.HashAsync(Password, None);
        (await today.VerifyAsync(Password, hash, None)).ShouldBe(PasswordVerdict.RightButOutdated);
        (await today.VerifyAsync("wrong", hash, None)).ShouldBe(PasswordVerdict.Wrong);
    }

    [Fact]
    public async Task A_hash_of_a_higher_cost_stays_as_it_is()
    {
        using PasswordHasher before = Cheap(memoryMiB: 20, passes: 3), today = Cheap();
        string hash = await before.HashAsync(Password, None);
        (await today.VerifyAsync(Password, hash, None)).ShouldBe(PasswordVerdict.Right);
    }

    [Fact]
    public async Task A_hash_of_an_older_algorithm_is_right_but_outdated()
    {
        // Argon2i, from the same test of the reference implementation.
        const string argon2i = "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA";
        using PasswordHasher hasher = Cheap();
        (await hasher.VerifyAsync("password", argon2i, None)).ShouldBe(PasswordVerdict.RightButOutdated);
    }

    [Theory]
    [InlineData("")]
    [InlineData("$argon2id$")]
    [InlineData("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$")]
    [InlineData("$argon2id$v=19$m=99999999999,t=2,p=1$c29tZXNhbHQ$AAAA")]
    [InlineData("$2b$12$abcdefghijklmnopqrstuuJ8J8J8J8J8J8J8J8J8J8J8J8J8J8J8")]
    [InlineData("$argon2id$v=19$m=19456,t=2,p=1$ä$ö")]
    public async Task A_stored_text_that_is_no_hash_fits_no_password(string stored)
    {
        using PasswordHasher hasher = Cheap();
        (await hasher.VerifyAsync(Password, stored, None)).ShouldBe(PasswordVerdict.Wrong);
        (await hasher.VerifyAsync(Password, stored + new string('A', 200), None)).ShouldBe(PasswordVerdict.Wrong);
    }

    [Fact]
    public async Task The_longest_password_is_hashed_whole_and_a_longer_one_is_refused()
    {
        using PasswordHasher hasher = Cheap();
        string longest = new('x', PasswordHasher.PasswordBytesMax);
        string hash = await hasher.HashAsync(longest, None);
        (await hasher.VerifyAsync(longest, hash, None)).ShouldBe(PasswordVerdict.Right);
        (await hasher.VerifyAsync(longest[..^1] + "y", hash, None)).ShouldBe(PasswordVerdict.Wrong);

        (await hasher.VerifyAsync(longest + "x", hash, None)).ShouldBe(PasswordVerdict.Wrong);
        await Should.ThrowAsync<ArgumentException>(() => hasher.HashAsync(longest + "x", None));
        string longInBytesOnly = new('é', (PasswordHasher.PasswordBytesMax / 2) + 1);
        await Should.ThrowAsync<ArgumentException>(() => hasher.HashAsync(longInBytesOnly, None));
    }

    [Fact]
    public async Task The_decoy_takes_a_turn_like_every_other_check()
    {
        // One at a time and nobody may wait: while the decoy is being checked there is room for nothing else.
        using PasswordHasher hasher = Cheap(queueMax: 0, parallelMax: 1);
        Task decoy = hasher.VerifyDecoyAsync(Password, None);
        await Should.ThrowAsync<HashingBusyException>(hasher.HashAsync(Password, None));
        await decoy;
        await hasher.HashAsync(Password, None);
    }

    [Fact]
    public async Task A_cancelled_call_ends_as_cancelled()
    {
        using PasswordHasher hasher = Cheap();
        using CancellationTokenSource cancelled = new();
        await cancelled.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(hasher.HashAsync(Password, cancelled.Token));
        await Should.ThrowAsync<OperationCanceledException>(hasher.VerifyAsync(Password, "$argon2id$", cancelled.Token));
        await hasher.HashAsync(Password, None);
    }

    [Fact]
    public void A_machine_without_libsodium_is_told_what_to_install() =>
        Should.Throw<DllNotFoundException>(() => Libsodium.Initialize("libsodium.so.none"))
            .Message.ShouldContain("apt-get install libsodium23");

    [Theory]
    [InlineData(18, 3, 2, 64, nameof(PasswordOptions.MemoryMiB))]
    [InlineData(1025, 3, 2, 64, nameof(PasswordOptions.MemoryMiB))]
    [InlineData(64, 1, 2, 64, nameof(PasswordOptions.Passes))]
    [InlineData(64, 17, 2, 64, nameof(PasswordOptions.Passes))]
    [InlineData(64, 3, 0, 64, nameof(PasswordOptions.ParallelMax))]
    [InlineData(64, 3, 2, -1, nameof(PasswordOptions.QueueMax))]
    public void A_cost_or_bound_out_of_range_is_refused_at_start(int memoryMiB, int passes, int parallelMax, int queueMax, string fault) =>
        Validation.Faults(new PasswordOptions { MemoryMiB = memoryMiB, Passes = passes, ParallelMax = parallelMax, QueueMax = queueMax })
            .ShouldBe([fault]);

    [Fact]
    public void The_defaults_are_in_range() => Validation.Faults(new PasswordOptions()).ShouldBeEmpty();

    private static PasswordHasher Cheap(int memoryMiB = 19, int passes = 2, int parallelMax = 2, int queueMax = 64) =>
        new(Options.Create(new PasswordOptions { MemoryMiB = memoryMiB, Passes = passes, ParallelMax = parallelMax, QueueMax = queueMax }));
}
