using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using StepCloud.Api.Commands.Cases;
using StepCloud.Api.Hosting;
using StepCloud.Api.Recordings;
using StepCloud.Api.Recordings.Files;
using StepCloud.Api.Recordings.Files.S3;
using StepCloud.Api.Recordings.Keeping;
using StepCloud.Api.Settings;
using StepCloud.Api.Tokens.Sealing;
using StepCloud.Api.Watching;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Commands.Recordings;

/// <summary>What the commands of recordings work with.</summary>
internal sealed record RecordingDesk(RecordingStore Recordings, RecordingCheck Check, RecordingMove Move, RecordingPlaces Places, AuditTrail Trail, AuditDoer Doer)
{
    private const int PageRows = 500;

    public static async Task<RecordingDesk> OpenAsync(
        DatabaseOnly database, IConfiguration configuration, AuditDoer doer, TimeProvider clock, CancellationToken cancellationToken)
    {
        OpenedSecrets secrets = await database.SecretsAsync(cancellationToken);
        RecordingStore recordings = new(database.Database, CaseTask.KeysOf(secrets, clock), clock);
        PlaceOwnership ownership = new(recordings, new InstallationMarks(database.Database, clock), secrets, NullLogger<PlaceOwnership>.Instance);
        RecordingStoreSetting.Check(configuration);
        IOptions<RecordingOptions> options = Options.Create(SettingsCheck.Read<RecordingOptions>(configuration, RecordingOptions.Section));
        IOptions<S3Options> s3 = Options.Create(SettingsCheck.Read<S3Options>(configuration, S3Options.Section));
        RecordingPlaces places = new(recordings, ownership, new FolderFiles(options, SettingsCheck.ReadServer(configuration)), options, s3, clock, NullLoggerFactory.Instance);
        ApiMetrics metrics = new();
        RecordingCheck check = new(recordings, new RecordingChecks(database.Database, clock), places, metrics, NullLogger<RecordingCheck>.Instance);
        RecordingMove move = new(new RecordingMoves(database.Database, clock), places, check, options, metrics, clock, NullLogger<RecordingMove>.Instance);
        return new RecordingDesk(recordings, check, move, places, new AuditTrail(database.Database, clock), doer);
    }

    /// <summary>All of them, the newest first.</summary>
    public async Task<List<(Recording Recording, string? Name)>> ListAsync(OrganizationId? organization, CancellationToken cancellationToken)
    {
        List<(Recording Recording, string? Name)> rows = [];
        while (true)
        {
            RecordingId? before = rows is [.., var last] ? last.Recording.Id : null;
            List<(Recording, string?)> page = await Recordings.ListAsync(
                organization, null, withCases: true, before, PageRows, RecordingName.Open, cancellationToken);
            rows.AddRange(page);
            if (page.Count < PageRows) return rows;
        }
    }
}
