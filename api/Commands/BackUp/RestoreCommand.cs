using System.CommandLine;
using StepCloud.Api.Audit;
using StepCloud.Api.Hosting;
using StepCloud.Api.Settings;
using StepCloud.Api.Tokens.Sealing;
using StepCloud.Contracts.Audit;
using StepCloud.Storage.BackUp;

namespace StepCloud.Api.Commands.BackUp;

/// <summary>`stepcloud restore`: a back-up into an empty database: a given one, or a private one in a new data folder.</summary>
internal sealed class RestoreCommand(TimeProvider clock)
{
    private static readonly AuditDoer Doer = AuditDoer.System("stepcloud restore");

    public const string Places =
        "This is another installation now than the one that was backed up: it reads the recordings of that one's places, and writes none there before 'stepcloud recording adopt-place'.";

    private readonly Option<DirectoryInfo> _from = new("--from") { Description = "The folder that 'stepcloud backup' has made.", HelpName = "FOLDER", Required = true };
    private readonly Option<string?> _sha256 = new("--sha256") { Description = "What 'stepcloud backup' said of the manifest, if it was kept elsewhere.", HelpName = "HEX" };
    private readonly Option<FileInfo?> _masterKey = new("--master-key") { Description = "The master key, for the data folder of a private database. With another database it is configured.", HelpName = "FILE" };
    private readonly JobsOption _jobs = new("Tables that are restored at a time (1: all in one transaction, so that a failure leaves nothing).");
    private readonly Option<bool> _json = CommandJson.Option();
    private readonly CommonOptions _common = new CommonOptions().WithDatabase();

    public Command Create()
    {
        Command command = new("restore", "Verify a back-up, bring it into an empty database, and verify the audit.") { _from, _sha256, _masterKey, _json };
        _jobs.AddTo(command);
        _common.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RestoreAsync(parsed, cancellationToken));
        return command;
    }

    private async Task<int> RestoreAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        IConfiguration configuration = _common.CreateBuilder(parsed).Configuration;
        string folder = parsed.GetRequiredValue(_from).FullName;
        int jobs = _jobs.Read(parsed);
        ServerOptions options = SettingsCheck.ReadServer(configuration);
        bool isPrivate = SettingsCheck.ReadDatabase(configuration) is null;
        FileInfo? keyFile = parsed.GetValue(_masterKey);
        if (keyFile is not null && !isPrivate) throw new SettingException("--master-key", $"is for a private database. With another one set {MasterKeySetting.FileSetting} or {MasterKeySetting.Variable}.");

        using PhaseLine progress = new();
        BackUpManifest manifest = await DatabaseRestore.VerifyAsync(folder, parsed.GetValue(_sha256), progress, cancellationToken);
        MasterKey? key = keyFile is null ? null : MasterKeyCopy.Read(keyFile, manifest.MasterKeyId);
        string ownKey = Path.Combine(Path.GetFullPath(options.Data), InstallationMasterKey.FileName);
        if (key is not null && File.Exists(ownKey)) throw new SettingException("--master-key", $"{ownKey} exists already.");
        return await DatabaseOnly.MakeAsync(
            configuration,
            async database =>
            {
                int migrations;
                await using (DatabaseClaim claim = await DatabaseClaim.TakeAsync(database.ConnectionString, alone: true, clock, cancellationToken))
                {
                    await DatabaseRestore.RunAsync(manifest, folder, claim, database.ConnectionString, jobs, progress, clock, cancellationToken);
                    await claim.AllowMigrationAsync(cancellationToken);
                    migrations = await database.MigrateAsync(cancellationToken);
                    int ended = await new RestoredInstallation(database.Database, clock).EnterRestoreAsync(Doer, manifest.AsOf, await SumAsync(folder, cancellationToken), cancellationToken);
                    if (key is not null) MasterKeyCopy.Write(new FileInfo(ownKey), key);
                    progress.Report("verifying the audit");
                    AuditVerdict verdict = await new AuditVerifier(database.Database).VerifyAsync([], progress: null, cancellationToken);
                    progress.Dispose();
                    Tell(parsed, manifest, migrations, ended, verdict, isPrivate && !File.Exists(ownKey) ? ownKey : null);
                    return verdict.IsGood ? ExitCodes.Good : ExitCodes.Bad;
                }
            },
            clock,
            cancellationToken);
    }

    private static async Task<string> SumAsync(string folder, CancellationToken cancellationToken) =>
        (await File.ReadAllTextAsync(Path.Combine(folder, BackUpManifest.SumFileName), cancellationToken)).Split(' ')[0];

    /// <param name="missingKey">Where the master key has to be put; null when it is there, or configured elsewhere.</param>
    private void Tell(ParseResult parsed, BackUpManifest manifest, int migrations, int ended, AuditVerdict verdict, string? missingKey)
    {
        if (parsed.GetValue(_json))
        {
            Console.WriteLine(CommandJson.Text(new
            {
                manifest.AsOf, manifest.Migration, migrations, userSessionsEnded = ended, manifest.MasterKeyId, masterKeyMissing = missingKey,
                audit = new { verdict.IsGood, verdict.Protection, verdict.Chains },
            }));
            return;
        }

        Console.WriteLine($"The database is as of {manifest.AsOf:u} (migration {manifest.Migration}, and {migrations} more were applied). {ended} sessions of users were ended: they sign in anew.");
        foreach (string line in AuditWords.Of(verdict)) Console.WriteLine(line);
        if (missingKey is not null && manifest.MasterKeyId is { } id) Console.WriteLine($"Before you start the server, put the master key {id} into {missingKey}.");
        Console.WriteLine(Places);
        Console.WriteLine("What was done after that moment is lost: see docs/OPERATIONS.md, 'After a restore'.");
    }
}
