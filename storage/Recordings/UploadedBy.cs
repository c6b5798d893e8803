using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Recordings;

/// <summary>The shared tablet that brought a recording.</summary>
/// <param name="DeviceId">What it calls itself; null when its user was erased since.</param>
internal sealed record UploadedBy(SessionId Session, string? DeviceId)
{
    /// <returns>Null when no upload session has brought it.</returns>
    public static Task<UploadedBy?> FindAsync(DatabaseSession transaction, RecordingId recording, CancellationToken cancellationToken) => transaction.FirstAsync(
        new Sql("SELECT s.id, s.device_id FROM recording AS r JOIN session AS s ON s.id = r.session_id WHERE r.id = $1", recording.Value),
        row => new UploadedBy(new SessionId(row.GetGuid(0)), row.IsDBNull(1) ? null : row.GetString(1)), cancellationToken);
}
