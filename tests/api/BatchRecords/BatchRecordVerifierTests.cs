using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Shouldly;
using StepCloud.Api.Tokens;
using StepCloud.Api.Workflows.Records;
using StepCloud.Contracts.Workflows;
using Xunit;

namespace StepCloud.Tests.Api.BatchRecords;

public sealed class BatchRecordVerifierTests
{
    [Theory]
    [InlineData(SignatureFacts.Released)]
    [InlineData(SignatureFacts.Rejected)]
    public void A_record_as_it_was_signed_is_sound(string meaning)
    {
        SampleRecord sample = new() { Meaning = meaning };
        BatchRecordFile file = BatchRecordFile.Read(sample.Signed());
        BatchRecordVerdict verdict = BatchRecordVerifier.Verify(file, sample.Keys);
        verdict.Faults.ShouldBeEmpty();
        verdict.Warnings.ShouldBeEmpty();
        verdict.Signatures.Select(signature => signature.Meaning).ShouldBe([SignatureFacts.Approved, meaning]);
        verdict.RecordSha256.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(file.RecordBytes.Span)));
    }

    [Fact]
    public void A_record_that_nobody_signed_is_sound_and_says_so()
    {
        SampleRecord sample = new();
        BatchRecordVerdict verdict = Verify(sample.Unsigned(), sample.Keys);
        verdict.Faults.ShouldBeEmpty();
        verdict.Warnings.ShouldHaveSingleItem().ShouldContain("Nobody has signed it");
    }

    [Fact]
    public void Without_the_key_or_with_another_nothing_that_is_signed_holds()
    {
        SampleRecord sample = new();
        foreach (PublishedKeySet keys in new[] { new PublishedKeySet([]), new SampleRecord().Keys })
            Verify(sample.Signed(), keys).Faults.Count(fault => fault.Contains("no key", StringComparison.Ordinal)).ShouldBe(3, "approval, signature and head");
    }

    [Fact]
    public void A_signature_or_an_entry_of_the_audit_without_the_other_is_a_fault()
    {
        SampleRecord sample = new();
        string text = Encoding.UTF8.GetString(sample.Signed());
        int signatures = text.IndexOf(",\"signatures\":", StringComparison.Ordinal), audit = text.IndexOf(",\"audit\":", StringComparison.Ordinal);
        Verify(Encoding.UTF8.GetBytes(text[..signatures] + ",\"signatures\":[]" + text[audit..]), sample.Keys).Faults.ShouldContain(fault => fault.Contains("the signature that made it is missing"));
        Verify(Encoding.UTF8.GetBytes(text[..audit] + ",\"audit\":null}"), sample.Keys).Faults.ShouldHaveSingleItem().ShouldContain("entry of the signature is missing");
    }

    [Theory]
    [InlineData("\"user_name\":\"Ada Ok\"", "\"user_name\":\"Eve Ok\"")]
    [InlineData("\"comment\":\"Ok\"", "\"comment\":\"No\"")]
    [InlineData("\"comment\":\"Ok\"", "\"comment\":null")]
    [InlineData("\"second_factor\":true", "\"second_factor\":false")]
    [InlineData("\"meaning\":\"released\"", "\"meaning\":\"rejected\"")]
    [InlineData("T11:00:00Z", "T11:00:01Z")]
    [InlineData("T11:00:00Z", "T07:00:00Z")]
    public void A_row_that_says_something_else_than_was_signed_is_a_fault(string from, string to)
    {
        SampleRecord sample = new();
        byte[] file = sample.Signed(), altered = SampleRecord.Rewritten(file, from, to);
        altered.ShouldNotBe(file);
        Verify(altered, sample.Keys).Faults.ShouldContain(fault => fault.Contains("does not hold") || fault.Contains("another record"));
    }

    [Fact]
    public void A_released_job_with_an_open_deviation_is_a_fault_and_a_rejected_one_is_not()
    {
        SampleRecord released = new() { DeviationState = "open" }, rejected = new() { DeviationState = "open", Meaning = SignatureFacts.Rejected };
        Verify(released.Signed(), released.Keys).Faults.ShouldHaveSingleItem().ShouldContain("is open");
        Verify(rejected.Signed(), rejected.Keys).Faults.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("\"charts\":{\"01930000-0000-7000-8000-000000001000\"", "\"charts\":{\"01930000-0000-7000-8000-000000009999\"", "which is not there")]
    [InlineData("\"charts\":{\"01930000-0000-7000-8000-000000001000\":{\"0 Ok\"", "\"charts\":{\"01930000-0000-7000-8000-000000001000\":{\"9 Ok\"", "no series")]
    [InlineData("\"times_us\":[0,1000,", "\"times_us\":[0,", "4 times and 5 values")]
    [InlineData("\"times_us\":[0,1000,", "\"times_us\":[1000,0,", "back in time")]
    [InlineData("\"values\":[0,", "\"values\":[77,", "beyond")]
    [InlineData("\"extra\":[]", "\"extra\":[\"01930000-0000-7000-8000-000000009999\"]", "extra step")]
    [InlineData("\"verdict\":\"missing\",\"steps\":[]", "\"verdict\":\"missing\",\"steps\":[\"01930000-0000-7000-8000-000000009999\"]", "names the step")]
    [InlineData("\"verdict\":\"met\",\"steps\":[\"01930000-0000-7000-8000-000000001000\",", "\"verdict\":\"met\",\"steps\":[", "neither")]
    [InlineData("{\"id\":\"01930000-0000-7000-8000-000000001001\"", "{\"id\":\"01930000-0000-7000-8000-000000001000\"", "2 times")]
    [InlineData("\"state\":\"deviating\"", "\"state\":\"released\"", "nobody has signed")]
    [InlineData("\"state\":\"closed\"", "\"state\":\"open\"", "disposition")]
    [InlineData("\"layer_um\":50", "\"layer_um\":51", "another document")]
    public void A_record_that_does_not_agree_with_itself_is_a_fault(string from, string to, string fault)
    {
        SampleRecord sample = new();
        byte[] file = sample.Unsigned(), altered = SampleRecord.Rewritten(file, from, to);
        altered.ShouldNotBe(file);
        Verify(altered, sample.Keys).Faults.ShouldContain(text => text.Contains(fault));
    }

    [Fact]
    public void What_a_revoked_key_signed_before_is_told_and_what_it_signed_afterwards_counts_for_nothing()
    {
        SampleRecord sample = new();
        Verify(sample.Signed(), KeysWith(sample.Key, revokedAt: SampleRecord.At.AddDays(1))).ShouldSatisfyAllConditions(
            verdict => verdict.Faults.ShouldBeEmpty(), verdict => verdict.Warnings.Count.ShouldBe(3));
        Verify(sample.Signed(), KeysWith(sample.Key, revokedAt: SampleRecord.At)).Faults.Count(fault => fault.Contains("was revoked before")).ShouldBe(2, "signature and head; the approval is older");
        Verify(sample.Signed(), KeysWith(sample.Key, signedFrom: SampleRecord.At)).Faults.ShouldHaveSingleItem().ShouldContain("did not sign before");
        Verify(sample.Signed(), KeysWith(sample.Key, retiredAt: SampleRecord.At)).Faults.Count(fault => fault.Contains("did not sign after")).ShouldBe(2);
    }

    [Fact]
    public void A_signed_text_is_read_as_it_was_signed_and_is_no_access_token_or_head()
    {
        SampleRecord sample = new();
        SignatureRow row = BatchRecordFile.Read(sample.Signed()).Signatures.ShouldHaveSingleItem();
        ReadSignature read = SignatureToken.Read(row.Jws).ShouldNotBeNull();
        read.Facts.SaysTheSameAs(row.Facts(SampleRecord.Organization)).ShouldBeTrue();
        (read.Issuer, read.KeyId).ShouldBe(("https://stepcloud.example", sample.Key.KeyId));
        StepCloud.Api.Audit.AuditHeadToken.Read(row.Jws).ShouldBeNull();
        SignatureToken.Read(BatchRecordFile.Read(sample.Signed()).Head!).ShouldBeNull();
        foreach (string text in new[] { "", "x", "a.b.c", "e30.e30.e30", "....", new string('a', 10_000) }) SignatureToken.Read(text).ShouldBeNull();
        SignatureFacts uneven = row.Facts(SampleRecord.Organization) with { SignedAt = SampleRecord.At.AddMilliseconds(1) };
        Should.Throw<ArgumentException>(() => SignatureToken.Sign(uneven, "x", sample.Key));
    }

    [Fact]
    public void Keys_are_read_from_both_published_sets_and_one_under_the_name_of_another_is_refused()
    {
        SigningKey key = SigningKey.Generate();
        PublishedKeySet plain = PublishedKeySet.Read(JsonSerializer.SerializeToUtf8Bytes(new JsonWebKeySet([key.PublicKey])));
        plain.Find(key.KeyId).ShouldNotBeNull().RevokedAt.ShouldBeNull();
        string renamed = JsonSerializer.Serialize(new JsonWebKeySet([key.PublicKey with { KeyId = SigningKey.Generate().KeyId }]));
        Should.Throw<FormatException>(() => PublishedKeySet.Read(Encoding.UTF8.GetBytes(renamed))).Message.ShouldContain("another one");
        foreach (string text in new[] { "", "{}", "[]", "null", "{\"keys\":3}" }) Should.Throw<FormatException>(() => PublishedKeySet.Read(Encoding.UTF8.GetBytes(text)));
        PublishedKeySet.Read("""{"keys":[null,{"kty":"RSA","n":"x"}]}"""u8).Count.ShouldBe(0);
    }

    private static BatchRecordVerdict Verify(byte[] file, PublishedKeySet keys) => BatchRecordVerifier.Verify(BatchRecordFile.Read(file), keys);

    private static PublishedKeySet KeysWith(SigningKey key, DateTimeOffset? signedFrom = null, DateTimeOffset? retiredAt = null, DateTimeOffset? revokedAt = null) =>
        new([new PublishedKey(key, signedFrom, retiredAt, revokedAt)]);
}
