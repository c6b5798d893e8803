using System.Security.Cryptography;
using System.Text.Json;
using StepCloud.Api.Audit;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Workflows;
using StepCloud.Storage;

namespace StepCloud.Api.Workflows.Records;

/// <summary>Checks a batch record by itself: no server, no database, only the keys that the installation published.</summary>
public sealed class BatchRecordVerifier
{
    private readonly BatchRecordFile _file;
    private readonly PublishedKeySet? _keys;
    private readonly RecordFacts _facts;
    private readonly string _recordSha256;
    private readonly string _chartsSha256;
    private readonly List<string> _faults = [];
    private readonly List<string> _warnings = [];

    private BatchRecordVerifier(BatchRecordFile file, PublishedKeySet? keys)
    {
        (_file, _keys, _facts) = (file, keys, file.Record.Facts);
        _recordSha256 = HashOf(file.RecordBytes);
        _chartsSha256 = HashOf(file.ChartsBytes);
    }

    public static BatchRecordVerdict Verify(BatchRecordFile file, PublishedKeySet keys) => new BatchRecordVerifier(file, keys).Verify();

    /// <summary>What can be seen without keys: the hashes, and whether the record agrees with itself. Not who has made it.</summary>
    public static IReadOnlyList<string> FaultsWithoutKeys(BatchRecordFile file) => new BatchRecordVerifier(file, null).Verify().Faults;

    private BatchRecordVerdict Verify()
    {
        if (!_file.IsAsWritten()) _faults.Add("The file is not written as StepCloud writes it: its white space, its order or its escapes were changed.");
        CheckApproval();
        CheckSignatures();
        CheckAudit();
        _faults.AddRange(RecordAgreement.FaultsOf(_file));
        return new BatchRecordVerdict(
            _facts.Job.Code, _recordSha256, _chartsSha256, _faults, _warnings, [WordsOf(_facts.Blueprint.Signature), .. _file.Signatures.Select(WordsOf)]);
    }

    private void CheckApproval()
    {
        RecordBlueprint blueprint = _facts.Blueprint;
        string document = HashOf(_file.DocumentBytes);
        if (blueprint.DocumentSha256 != document) _faults.Add($"The blueprint's document has the SHA-256 {document}, and the record says {blueprint.DocumentSha256}.");
        SignatureRow approval = blueprint.Signature;
        const string name = "The blueprint's approval";
        if (approval.RecordSha256 != document) _faults.Add($"{name} is over another document: the SHA-256 of this one is {document}.");
        if (approval.ChartsSha256 is not null) _faults.Add($"{name} names charts; a blueprint has none.");
        CheckSubject(name, approval, SignatureFacts.BlueprintVersion, blueprint.Id, blueprint.Number);
        if (approval.Meaning != SignatureFacts.Approved) _faults.Add($"{name} means '{approval.Meaning}', not '{SignatureFacts.Approved}'.");
        CheckToken(name, approval);
    }

    private void CheckSignatures()
    {
        if (_file.Signatures.Count == 0)
        {
            if (_facts.Job.State is SignatureFacts.Released or SignatureFacts.Rejected) _faults.Add($"The job is {_facts.Job.State}, and nobody has signed it.");
            else _warnings.Add("Nobody has signed it: it can have been changed by anybody.");
        }

        if (_file.Signatures.Count > 1) _faults.Add($"It has {_file.Signatures.Count} signatures; a job is released or rejected once.");
        foreach (SignatureRow row in _file.Signatures)
        {
            string name = $"The signature of {row.UserName}";
            if (row.RecordSha256 != _recordSha256) _faults.Add($"{name} is over another record: the SHA-256 of this one is {_recordSha256}.");
            if (row.ChartsSha256 != _chartsSha256) _faults.Add($"{name} is over other charts: the SHA-256 of these is {_chartsSha256}.");
            CheckSubject(name, row, SignatureFacts.Job, _facts.Job.Id, number: null);
            if (row.Meaning is not (SignatureFacts.Released or SignatureFacts.Rejected)) _faults.Add($"{name} means '{row.Meaning}', which is no decision on a job.");
            if (_facts.Job.State is SignatureFacts.Released or SignatureFacts.Rejected && row.Meaning != _facts.Job.State)
                _faults.Add($"{name} means '{row.Meaning}', and the job is {_facts.Job.State}.");
            if (string.CompareOrdinal(row.SignedAt, _facts.Blueprint.Signature.SignedAt) < 0)
                _faults.Add($"{name} is of {row.SignedAt}, before the blueprint was approved.");
            CheckToken(name, row);
        }
    }

    private void CheckSubject(string name, SignatureRow row, string kind, Guid id, int? number)
    {
        if ((row.SubjectKind, row.SubjectId, row.SubjectNumber) != (kind, id, number))
            _faults.Add($"{name} is for {row.SubjectKind} {row.SubjectId} {row.SubjectNumber}, not for {kind} {id} {number}.");
    }

    private void CheckToken(string name, SignatureRow row)
    {
        SignatureFacts facts;
        try
        {
            facts = row.Facts(_facts.Job.OrganizationId);
        }
        catch (FormatException)
        {
            _faults.Add($"{name} has a time or a hash that cannot be read.");
            return;
        }

        if (_keys is null) return;
        if (SignatureToken.FaultOf(facts, row.Jws, _keys) is { } fault) _faults.Add($"{name} does not hold: {fault}.");
        else WarnOfRevoked(name, SignatureToken.Read(row.Jws)!.KeyId);
    }

    private void CheckAudit()
    {
        if ((_file.Entry is null) != (_file.Signatures.Count == 0))
        {
            _faults.Add(_file.Entry is null ? "It is signed, and the audit's entry of the signature is missing." : "It has an entry of the audit, and the signature that made it is missing.");
        }

        if (_file.Entry is not { } entry) return;
        if (!AuditHash.Of(entry).AsSpan().SequenceEqual(entry.Hash)) _faults.Add($"The audit's entry {entry.Sequence} is not what its hash was made of.");
        if (entry.Organization?.Value != _facts.Job.OrganizationId) _faults.Add($"The audit's entry {entry.Sequence} is of the chain of another organization.");
        if (entry.SubjectId != _facts.Job.Id.ToString("D")) _faults.Add($"The audit's entry {entry.Sequence} is about {entry.SubjectKind} {entry.SubjectId}, not about the job.");
        if (HashNamedBy(entry) != _recordSha256) _faults.Add($"The audit's entry {entry.Sequence} does not name this record's SHA-256, {_recordSha256}.");
        foreach (SignatureRow row in _file.Signatures.Where(row => row.UserId != entry.DoerId))
            _faults.Add($"The audit's entry {entry.Sequence} names another doer than the signature of {row.UserName}.");
        CheckHead(entry);
    }

    private void CheckHead(AuditEntry entry)
    {
        const string name = "The audit's head";
        if (AuditHeadToken.Read(_file.Head!) is not { } head)
        {
            _faults.Add($"{name} cannot be read.");
            return;
        }

        if (head.Organization != entry.Organization) _faults.Add($"{name} is of another chain.");
        if (head.Sequence != entry.Sequence || !head.Hash.AsSpan().SequenceEqual(entry.Hash)) _faults.Add($"{name} is over another entry than {entry.Sequence}.");
        if (_keys is null) return;
        if ((AuditHeadToken.FaultOf(head, _keys.Spki) ?? _keys.Find(head.KeyId)?.FaultOfTime(head.SignedAt)) is { } fault) _faults.Add($"{name} does not hold: {fault}.");
        else WarnOfRevoked(name, head.KeyId);
    }

    /// <remarks>Whoever got hold of a key could write any time: what a revoked key signed is worth what the audit's chain says of it.</remarks>
    private void WarnOfRevoked(string name, string keyId)
    {
        if (_keys?.Find(keyId)?.RevokedAt is { } at)
            _warnings.Add($"{name} was made by a key that was revoked later, at {at:u}. That it was made before is what it says itself: look into the audit's chain.");
    }

    private static string? HashNamedBy(AuditEntry entry)
    {
        try
        {
            using JsonDocument? values = entry.New is { } text ? JsonDocument.Parse(text) : null;
            return values?.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("record_sha256", out JsonElement hash)
                && hash.ValueKind == JsonValueKind.String ? hash.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static SignatureWords WordsOf(SignatureRow row)
    {
        ReadSignature? signed = SignatureToken.Read(row.Jws);
        return new SignatureWords(row.SubjectKind, row.Meaning, row.UserName, row.UserId, row.SignedAt, row.Comment, signed?.Issuer, signed?.KeyId);
    }

    private static string HashOf(ReadOnlyMemory<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes.Span));
}
