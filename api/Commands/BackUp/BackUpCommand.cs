using System.CommandLine;
using System.Reflection;
using StepCloud.Api.Hosting;
using StepCloud.Api.Tokens.Sealing;
using StepCloud.Contracts.Audit;
using StepCloud.Storage.BackUp;

namespace StepCloud.Api.Commands.BackUp;

/// <summary>`stepcloud backup`: the whole database into a folder, while the server goes on. The master key only when asked for, and elsewhere.</summary>
internal sealed class BackUpCommand(TimeProvider clock)
{
    private static readonly AuditDoer Doer = AuditDoer.System("stepcloud backup");

    private readonly Option<DirectoryInfo> _to = new("--to") { Description = "A folder that does not exist yet, or is empty. It holds everything that people entered in plain.", HelpName = "FOLDER", Required = true };
    private readonly Option<FileInfo?> _masterKey = new("--master-key")
    {
        Description = "Write the master key into this file too, outside the folder. Keep the two apart: together they are as good as no seal.", HelpName = "FILE",
    };

    private readonly JobsOption _jobs = new("Tables that are dumped at a time (1).");
    private readonly Option<bool> _json = CommandJson.Option();
    private readonly CommonOptions _common = new();

    internal static string ProgramVersion { get; } = typeof(BackUpCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    public Command Create()
    {
        Command command = new("backup", "Back up the database, with a server running or not. The master key is not in it.") { _to, _masterKey, _json };
        _jobs.AddTo(command);
        _common.AddTo(command);
        command.SetAction((parsed, cancellationToken) => BackUpAsync(parsed, cancellationToken));
        return command;
    }

    private Task<int> BackUpAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string folder = parsed.GetRequiredValue(_to).FullName;
        int jobs = _jobs.Read(parsed);
        FileInfo? keyFile = parsed.GetValue(_masterKey);
        if (keyFile is not null) MasterKeyCopy.RequirePlace(keyFile, folder);
        return DatabaseOnly.UseAsync(
            _common.CreateBuilder(parsed).Configuration,
            async database =>
            {
                MasterKey? key = keyFile is null ? null : await database.MasterKeyAsync(cancellationToken);
                await new RestoredInstallation(database.Database, clock).EnterBackUpAsync(Doer, withMasterKey: key is not null, cancellationToken);
                BackUpManifest manifest;
                string sha256;
                using (PhaseLine progress = new())
                {
                    (manifest, sha256) = await DatabaseBackUp.MakeAsync(
                        database.Database, database.ConnectionString, folder, ProgramVersion, jobs, progress, clock, cancellationToken);
                }

                if (key is not null) MasterKeyCopy.Write(keyFile!, key);
                Tell(parsed, folder, manifest, sha256, keyFile);
                return ExitCodes.Good;
            },
            clock,
            cancellationToken);
    }

    private void Tell(ParseResult parsed, string folder, BackUpManifest manifest, string sha256, FileInfo? keyFile)
    {
        long bytes = manifest.Files.Sum(file => file.Bytes);
        if (parsed.GetValue(_json))
        {
            Console.WriteLine(CommandJson.Text(new
            {
                folder, manifest.AsOf, manifest.Finished, bytes, files = manifest.Files.Count, manifest.DatabaseBytes, manifest.Migration, manifest.Postgres, manifest.StepCloud,
                manifest.MasterKeyId, masterKeyFile = keyFile?.FullName, manifestSha256 = sha256,
            }));
            return;
        }

        Console.WriteLine($"{folder}: everything as of {manifest.AsOf:u}, {manifest.Files.Count} files of {bytes} bytes (the database has {manifest.DatabaseBytes}).");
        Console.WriteLine($"Manifest: {sha256}. Keep this elsewhere, and give it to 'stepcloud restore --sha256'.");
        Console.WriteLine(keyFile is null
            ? $"The master key{(manifest.MasterKeyId is { } id ? " " + id : "")} is not in it. Keep it elsewhere: without it nobody can restore what the database has sealed."
            : $"The master key is in {keyFile.FullName}. Move it to where the back-up is not.");
    }
}
