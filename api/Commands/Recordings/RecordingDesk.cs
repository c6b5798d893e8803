using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using StepCloud.Api.Hosting;
using StepCloud.Api.Recordings;
using StepCloud.Api.Recordings.Files;
using StepCloud.Api.Settings;
using StepCloud.Api.Tokens.Sealing;
using StepCloud.Api.Watching;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;
using StepCloud.Storage.Keys;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Commands.Recordings;

/// <summary>What the commands of recordings work with.</summary>
internal sealed record RecordingDesk(RecordingStore Recordings, RecordingCheck Check, IRecordingFiles Files, AuditTrail Trail, AuditDoer Doer)
{
    private const int PageRows = 500;

    public static async Task<RecordingDesk> OpenAsync(
        DatabaseOnly database, IConfiguration configuration, AuditDoer doer, TimeProvider clock, CancellationToken cancellationToken)
    {
        OpenedSecrets secrets = new() { MasterKey = await database.MasterKeyAsync(cancellationToken) };
        RecordingStore recordings = new(database.Database, new KeyRing(new MasterKeySealing(secrets), clock), clock);
        FolderFiles files = new(Options.Create(SettingsCheck.Read<RecordingOptions>(configuration, RecordingOptions.Section)), SettingsCheck.ReadServer(configuration));
        RecordingCheck check = new(recordings, new RecordingChecks(database.Database, clock), files, new ApiMetrics(), NullLogger<RecordingCheck>.Instance);
        return new RecordingDesk(recordings, check, files, new AuditTrail(database.Database, clock), doer);
    }

    /// <summary>All of them, the newest first.</summary>
    public async Task<List<(Recording Recording, string? Name)>> ListAsync(OrganizationId? organization, CancellationToken cancellationToken)
    {
        List<(Recording Recording, string? Name)> rows = [];
        while (true)
        {
            RecordingId? before = rows is [.., var last] ? last.Recording.Id : null;
            List<(Recording, string?)> page = await Recordings.ListAsync(
                organization, null, withCases: true, before, PageRows, (recording, key) => RecordingName.Open(recording, key.Value), cancellationToken);
            rows.AddRange(page);
            if (page.Count < PageRows) return rows;
        }
    }
}
