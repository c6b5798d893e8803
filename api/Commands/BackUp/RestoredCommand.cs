using System.CommandLine;
using System.Globalization;
using StepCloud.Api.Audit;
using StepCloud.Api.Hosting;
using StepCloud.Api.Settings;
using StepCloud.Contracts.Audit;
using StepCloud.Storage.BackUp;

namespace StepCloud.Api.Commands.BackUp;

/// <summary>`stepcloud restored`: what `restore` does at its end, for a database that was brought back by other means.</summary>
internal sealed class RestoredCommand(TimeProvider clock)
{
    private static readonly AuditDoer Doer = AuditDoer.System("stepcloud restored");

    private readonly Option<string> _asOf = new("--as-of") { Description = "The moment that the database is of, such as 2026-11-22T09:00:00Z. Rather too early than too late.", HelpName = "TIME", Required = true };
    private readonly Option<bool> _json = CommandJson.Option();
    private readonly CommonOptions _common = new CommonOptions().WithDatabase();

    public Command Create()
    {
        Command command = new("restored", "Say that the database was brought back by other means, such as a base back-up with its log; and verify the audit. No server may run.") { _asOf, _json };
        _common.AddTo(command);
        command.SetAction((parsed, cancellationToken) => EnterAsync(parsed, cancellationToken));
        return command;
    }

    private Task<int> EnterAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        DateTimeOffset asOf = ReadTime(parsed.GetRequiredValue(_asOf));
        return DatabaseOnly.UseAsync(
            _common.CreateBuilder(parsed).Configuration,
            async database =>
            {
                await using DatabaseClaim claim = await DatabaseClaim.TakeAsync(database.ConnectionString, alone: false, clock, cancellationToken);
                // An older database is brought to this schema here, since a server that is started on it before this would take places of recordings for its own.
                await claim.AllowMigrationAsync(cancellationToken);
                await database.MigrateAsync(cancellationToken);
                int ended = await new RestoredInstallation(database.Database, clock).EnterRestoreAsync(Doer, asOf, manifest: null, cancellationToken);
                AuditVerdict verdict = await new AuditVerifier(database.Database).VerifyAsync([], progress: null, cancellationToken);
                if (parsed.GetValue(_json))
                {
                    Console.WriteLine(CommandJson.Text(new { asOf, userSessionsEnded = ended, audit = new { verdict.IsGood, verdict.Protection, verdict.Chains } }));
                }
                else
                {
                    Console.WriteLine($"The database is as of {asOf:u}. {ended} sessions of users were ended: they sign in anew.");
                    foreach (string line in AuditWords.Of(verdict)) Console.WriteLine(line);
                    Console.WriteLine(RestoreCommand.Places);
                }

                return verdict.IsGood ? ExitCodes.Good : ExitCodes.Bad;
            },
            clock,
            cancellationToken);
    }

    private DateTimeOffset ReadTime(string text) =>
        !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time)
            ? throw new SettingException("--as-of", $"'{text}' is no time such as 2026-11-22T09:00:00Z.")
            : time > clock.GetUtcNow() ? throw new SettingException("--as-of", $"{time:u} is yet to come.") : time;
}
