using System.Security.Cryptography;
using Shouldly;
using StepCloud.Api.Recordings.Format;
using StepCloud.Api.Recordings.Keeping;
using Xunit;

namespace StepCloud.Tests.Unit.Recordings;

/// <summary>Bytes that are hashed in passing.</summary>
public sealed class HashedBytesTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(256 * 1024)]
    [InlineData((600 * 1024) + 7)]
    public async Task All_of_them_are_what_was_written_and_the_pace_is_told_of_each(int bytes)
    {
        MemoryFile file = new() { Bytes = RandomNumberGenerator.GetBytes(bytes) };
        int paced = 0;
        (await HashedBytes.IsAsync(file, SHA256.HashData(file.Bytes), read => { paced += read; return ValueTask.CompletedTask; }, CancellationToken.None)).ShouldBeTrue();
        paced.ShouldBe(bytes);
    }

    [Fact]
    public async Task One_that_was_altered_is_missing_or_was_added_is_told_apart()
    {
        byte[] bytes = RandomNumberGenerator.GetBytes(300_000), hash = SHA256.HashData(bytes), altered = [.. bytes];
        altered[^1] ^= 1;
        foreach (byte[] other in (byte[][])[altered, bytes[..^1], [.. bytes, 0], []])
            (await HashedBytes.IsAsync(new MemoryFile { Bytes = other }, hash, null, CancellationToken.None)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_source_that_cannot_be_read_is_told_from_a_copy_that_cannot_be_written()
    {
        await using HashedBytes hashed = new(new Unreadable(), null);
        await Should.ThrowAsync<IOException>(() => hashed.ReadAsync(0, new byte[10], CancellationToken.None).AsTask());
        hashed.Fault.ShouldNotBeNull();
        await Should.ThrowAsync<InvalidOperationException>(() => hashed.ReadAsync(10, new byte[10], CancellationToken.None).AsTask());
    }

    private sealed class Unreadable : IStoredBytes
    {
        public long Length => 100;

        public ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) => throw new IOException("Input/output error");

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
