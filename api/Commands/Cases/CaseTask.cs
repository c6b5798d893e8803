using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Actors.Ports;
using StepCloud.Api.Hosting;
using StepCloud.Api.Settings;
using StepCloud.Api.Tokens.Sealing;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;
using StepCloud.Storage.Cases;
using StepCloud.Storage.Keys;
using StepCloud.Storage.Workflows;

namespace StepCloud.Api.Commands.Cases;

/// <summary>What a command works with that is about cases, or folders, of an organization.</summary>
internal sealed record CaseTask(ParseResult Parsed, StepCloudDatabase Database, KeyRing Keys, TimeProvider Clock, OrganizationId Organization, AuditDoer Doer)
{
    /// <summary>Much more than one case or consent says.</summary>
    private const int InputCharsMax = 64 * 1024;

    private static readonly JsonSerializerOptions InputOptions = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    public CaseStore Cases => new(Database, Keys, Clock);

    public CaseQueries Queries => new(Database, Keys);

    public ConsentStore Consents => new(Database, Keys, Clock);

    public static async Task<KeyRing> KeysAsync(DatabaseOnly database, TimeProvider clock, CancellationToken cancellationToken) =>
        KeysOf(await database.SecretsAsync(cancellationToken), clock);

    public static KeyRing KeysOf(OpenedSecrets secrets, TimeProvider clock) => new(new MasterKeySealing(secrets), clock);

    /// <summary>Enters a look, before what is seen is written.</summary>
    public Task EnterAsync(PersonalRead read, CancellationToken cancellationToken) => new AuditTrail(Database, Clock).AppendAsync(read, cancellationToken);

    /// <summary>One JSON object of the standard input, as the API takes it: what stands in the arguments of a command, everybody on the machine sees.</summary>
    /// <exception cref="CommandRefusedException">It is none, or has what it cannot have.</exception>
    public static async Task<T> ReadInputAsync<T>(CancellationToken cancellationToken)
    {
        char[] buffer = new char[InputCharsMax];
        int length = await Console.In.ReadBlockAsync(buffer, cancellationToken);
        try
        {
            if (length < InputCharsMax && JsonSerializer.Deserialize<T>(buffer.AsSpan(0, length), InputOptions) is { } read) return read;
        }
        catch (JsonException)
        {
            // Its message may repeat what stands there.
        }

        throw new CommandRefusedException("invalid_request", "The standard input must be one JSON object with the members that the API takes ('/docs' shows them).");
    }

    /// <exception cref="CommandRefusedException">Something is wrong.</exception>
    public static void Check(ProblemHttpResult? fault)
    {
        if (fault is not null) throw new CommandRefusedException("invalid_request", fault.ProblemDetails.Detail!);
    }

    /// <exception cref="CommandRefusedException">It was not done.</exception>
    public static T Done<T>(WorkflowOutcome<T> outcome) => outcome switch
    {
        WorkflowOutcome<T>.Done done => done.Value,
        WorkflowOutcome<T>.NotDone { Why: WorkflowRefusal.NotFound missing } => throw NotFound(missing.What),
        WorkflowOutcome<T>.NotDone { Why: WorkflowRefusal.Invalid invalid } => throw new CommandRefusedException("invalid_request", $"{invalid.Pointer}: {invalid.Detail}"),
        WorkflowOutcome<T>.NotDone { Why: WorkflowRefusal.Taken taken } => throw new CommandRefusedException("already_taken", $"Another case has this {taken.Field}."),
        WorkflowOutcome<T>.NotDone { Why: WorkflowRefusal.Refused refused } => throw new CommandRefusedException(refused.Code, refused.Detail),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    public static CommandRefusedException NotFound(string what) => new(CommandRefusedException.NotFound, $"The organization has no such {what}.");

    public static CaseId CaseIdOf(string text) =>
        CaseId.TryParse(text, null, out CaseId id) ? id : throw new SettingException("case", $"'{text}' is not a case's id; 'stepcloud case list' shows them.");

    public void Say(bool json, object value, IEnumerable<string> lines, string none)
    {
        if (json) Console.WriteLine(CommandJson.Text(value));
        else foreach (string line in lines.DefaultIfEmpty(none)) Console.WriteLine(line);
    }
}

/// <summary>Commands that are about cases, or folders, of an organization.</summary>
internal sealed class CaseCommands(TimeProvider clock)
{
    private readonly OrganizationOption _organization = new("Of this organization; needed.");
    private readonly CommonOptions _common = new();

    public Option<bool> Json { get; } = CommandJson.Option();

    public Command Described(string group, Command command, Func<CaseTask, CancellationToken, Task> work)
    {
        command.Options.Add(Json);
        _organization.AddTo(command);
        _common.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            OrganizationId organization = _organization.ReadNeeded(parsed);
            return DatabaseOnly.UseAsync(
                _common.CreateBuilder(parsed).Configuration,
                async database =>
                {
                    await OrganizationOption.RequireAsync(organization, database.Database, cancellationToken);
                    KeyRing keys = await CaseTask.KeysAsync(database, clock, cancellationToken);
                    await work(new CaseTask(parsed, database.Database, keys, clock, organization, AuditDoer.System($"stepcloud {group} {command.Name}")), cancellationToken);
                    return ExitCodes.Good;
                },
                clock,
                cancellationToken);
        });
        return command;
    }
}
