using Npgsql;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Keys;

namespace StepCloud.Storage.Recordings;

/// <summary>What a recording is of.</summary>
/// <param name="Kind">One of the constants.</param>
public readonly record struct RecordingSubject(string Kind, Guid Id)
{
    public const string Step = "step";
    public const string Device = "device";
    public const string Job = "job";
    public const string Case = "case";

    public static readonly string[] Kinds = [Step, Device, Job, Case];
}

/// <summary>Who brings a recording.</summary>
/// <param name="Organization">A user's; null for a gateway, whose own counts, and of it only what stands at its site.</param>
/// <param name="Upload">The upload session that it is brought with; null for any other way.</param>
public sealed record RecordingSender(OrganizationId? Organization, AuditDoer Doer, UploadScope? Upload = null)
{
    public string Text => AuditDoerKinds.TextOf(Doer);
}

/// <summary>What an upload session may bring: recordings of that case. Only it goes on with what it began.</summary>
public sealed record UploadScope(SessionId Session, CaseId Case)
{
    public bool Has(RecordingSubject subject) => subject == new RecordingSubject(RecordingSubject.Case, Case.Value);
}

/// <summary>A recording that is to come.</summary>
/// <param name="DeclaredBytes">Null when its sender does not know.</param>
/// <param name="SealName">Seals the name that it comes with; null for none.</param>
public sealed record NewRecording(
    RecordingId Id, RecordingSubject Subject, string MediaType, Func<SecretKey, byte[]>? SealName, long? DeclaredBytes, string StoredName, DateTimeOffset ExpiresAt);

/// <summary>A recording as it is known, without its bytes.</summary>
/// <param name="Case">That of its subject; null for none.</param>
/// <param name="DeclaredBytes">As its sender said.</param>
/// <param name="ReceivedBytes">Of content; of a stored recording all of it.</param>
/// <param name="ExpiresAt">Of one that is being received.</param>
/// <param name="HasConsent">It is of no case, or a consent to recordings holds.</param>
/// <param name="Store">Where its bytes lie: one of <see cref="RecordingPlaceNames"/>.</param>
public sealed record Recording(
    RecordingId Id, OrganizationId Organization, RecordingSubject Subject, CaseId? Case, string MediaType, byte[]? NameSealed, DateTimeOffset CreatedAt, string CreatedBy,
    string StoredName, long? DeclaredBytes, long ReceivedBytes, DateTimeOffset? ExpiresAt, StoredContent? Stored, DateTimeOffset? CheckedAt, string? Fault,
    DateTimeOffset? FaultAt, bool HasConsent, string Store)
{
    public bool IsStored => Stored is not null;

    internal const string Select =
        """
        SELECT r.id, r.organization_id, r.subject_kind, r.subject_id, r.case_id, r.media_type, r.name_sealed, r.created_at, r.created_by, r.stored_name,
            r.declared_bytes, r.received_bytes, r.expires_at, r.stored_at, r.stored_bytes, r.content_hash, r.stored_hash, r.checked_at, r.fault, r.fault_at,
            r.case_id IS NULL OR consent_holds(r.case_id, 'recordings', now()), r.store
        FROM recording AS r
        """;

    internal static Recording Read(NpgsqlDataReader row) => new(
        new RecordingId(row.GetGuid(0)), new OrganizationId(row.GetGuid(1)), new RecordingSubject(row.GetString(2), row.GetGuid(3)),
        row.IsDBNull(4) ? null : new CaseId(row.GetGuid(4)), row.GetString(5), Bytes(row, 6), row.GetFieldValue<DateTimeOffset>(7), row.GetString(8), row.GetString(9),
        row.IsDBNull(10) ? null : row.GetInt64(10), row.GetInt64(11), Time(row, 12),
        row.IsDBNull(13) ? null : new StoredContent(row.GetFieldValue<DateTimeOffset>(13), row.GetInt64(14), Bytes(row, 15)!, Bytes(row, 16)!),
        Time(row, 17), row.IsDBNull(18) ? null : row.GetString(18), Time(row, 19), row.GetBoolean(20),
        row.GetString(21));

    private static byte[]? Bytes(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<byte[]>(column);

    private static DateTimeOffset? Time(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
}

/// <param name="Bytes">Of the sealed file.</param>
/// <param name="ContentHash">SHA-256 of what was sent.</param>
/// <param name="StoredHash">SHA-256 of the sealed file.</param>
public sealed record StoredContent(DateTimeOffset At, long Bytes, byte[] ContentHash, byte[] StoredHash);

/// <summary>A recording with its open key, to be disposed of.</summary>
public sealed record OpenRecording(Recording Recording, SecretKey Key) : IDisposable
{
    public void Dispose() => Key.Dispose();
}

/// <summary>What became of the wish to bring a recording.</summary>
public abstract record BeginRecordingOutcome
{
    private BeginRecordingOutcome()
    {
    }

    /// <param name="Open">To be disposed of.</param>
    public sealed record Begun(OpenRecording Open) : BeginRecordingOutcome;

    /// <summary>There is no such step, device, job or case that the sender may bring something of.</summary>
    public sealed record NoSubject : BeginRecordingOutcome
    {
        public static readonly NoSubject Instance = new();
    }

    /// <summary>It is not of the case that the sender's session is for.</summary>
    public sealed record OutOfScope : BeginRecordingOutcome
    {
        public static readonly OutOfScope Instance = new();
    }

    /// <summary>It is of a case, and no consent to recordings holds.</summary>
    public sealed record NoConsent : BeginRecordingOutcome
    {
        public static readonly NoConsent Instance = new();
    }
}

/// <summary>What became of the wish to go on with an upload.</summary>
public abstract record ClaimUploadOutcome
{
    private ClaimUploadOutcome()
    {
    }

    /// <param name="Open">To be disposed of.</param>
    /// <param name="CopiedFrom">The file that has what was acknowledged: it is to be copied before anything else is written. Null when it is the recording's own.</param>
    public sealed record Claimed(OpenRecording Open, byte[]? Tail, string? CopiedFrom) : ClaimUploadOutcome;

    /// <summary>There is none, it is somebody else's, or it was stored.</summary>
    public sealed record NotFound : ClaimUploadOutcome
    {
        public static readonly NotFound Instance = new();
    }

    /// <summary>Another request writes it.</summary>
    public sealed record IsWritten : ClaimUploadOutcome
    {
        public static readonly IsWritten Instance = new();
    }

    public sealed record NoConsent : ClaimUploadOutcome
    {
        public static readonly NoConsent Instance = new();
    }
}
