using System.CommandLine;
using System.Text.Json.Nodes;
using StepCloud.Actors.Ports;
using StepCloud.Api.Hosting;
using StepCloud.Api.Recordings;
using StepCloud.Api.Recordings.Files;
using StepCloud.Api.Recordings.Format;
using StepCloud.Api.Recordings.Keeping;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Keys;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Commands.Recordings;

/// <summary>`stepcloud recording`: what there is, one of them, its content, and whether all are as they were written. Whoever looks is in the audit.</summary>
internal sealed class RecordingCommand(TimeProvider clock)
{
    private readonly Argument<string> _id = new("id") { Description = "Of the recording, as 'recording list' shows it." };
    private readonly Argument<FileInfo> _file = new("file") { Description = "Where its content goes: a file that is not there yet." };
    private readonly Option<bool> _json = CommandJson.Option();
    private readonly AdoptPlace _adopt = new();
    private readonly OrganizationOption _organization = new("Recordings of that organization only.");

    public Command Create() => new("recording", "Pictures, films, scans and papers.")
    {
        Make("list", "All recordings, newest first.", ListAsync, withOrganization: true),
        Make("show", "One recording, without its content.", ShowAsync, _id),
        Make("get", "Write the content of a recording into a file.", GetAsync, _id, _file),
        Make("verify", "Read every stored recording whole, and name the chunks that are not what was written.", VerifyAsync, withOrganization: true),
        Make("move", "Bring every recording to where Recordings:Store says; each copy is read back and compared before the old one goes.", MoveAsync),
        _adopt.AddTo(Make(
            AdoptPlace.Name, AdoptPlace.Description, (parsed, desk, cancellationToken) => _adopt.RunAsync(parsed, desk, parsed.GetValue(_json), cancellationToken), _adopt.Store)),
    };

    private Command Make(string name, string description, Func<ParseResult, RecordingDesk, CancellationToken, Task<int>> work, params Argument[] arguments) =>
        Make(name, description, work, withOrganization: false, arguments);

    private Command Make(
        string name, string description, Func<ParseResult, RecordingDesk, CancellationToken, Task<int>> work, bool withOrganization, params Argument[] arguments)
    {
        CommonOptions common = new();
        Command command = new(name, description) { _json };
        foreach (Argument argument in arguments) command.Arguments.Add(argument);
        if (withOrganization) _organization.AddTo(command);
        common.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            IConfiguration configuration = common.CreateBuilder(parsed).Configuration;
            return DatabaseOnly.UseAsync(
                configuration,
                async database =>
                {
                    if (withOrganization) await OrganizationOption.RequireAsync(_organization.Read(parsed), database.Database, cancellationToken);
                    RecordingDesk desk = await RecordingDesk.OpenAsync(database, configuration, AuditDoer.System($"stepcloud recording {name}"), clock, cancellationToken);
                    return await ReachingStoresAsync(work(parsed, desk, cancellationToken));
                },
                clock, cancellationToken);
        });
        return command;
    }

    private static async Task<int> ReachingStoresAsync(Task<int> work)
    {
        try
        {
            return await work;
        }
        catch (StoreAwayException e)
        {
            throw new CommandRefusedException("store_away", e.Message);
        }
    }

    private async Task<int> ListAsync(ParseResult parsed, RecordingDesk desk, CancellationToken cancellationToken)
    {
        OrganizationId? organization = _organization.Read(parsed);
        List<(Recording Recording, string? Name)> rows = await desk.ListAsync(organization, cancellationToken);
        await desk.Trail.AppendAsync(PersonalRead.OfList(organization, desk.Doer, AuditSubject.Recording, new { }, rows.Count), cancellationToken);
        if (parsed.GetValue(_json)) Console.WriteLine(CommandJson.Text(rows.Select(row => Facts(row.Recording, row.Name))));
        else foreach ((Recording recording, string? name) in rows) Console.WriteLine(Line(recording, name));
        return ExitCodes.Good;
    }

    private async Task<int> ShowAsync(ParseResult parsed, RecordingDesk desk, CancellationToken cancellationToken)
    {
        (Recording recording, SecretKey? key) = await FindAsync(parsed, desk, cancellationToken);
        using (key)
        {
            await desk.Trail.AppendAsync(RecordingReads.EntryOf(recording, desk.Doer), cancellationToken);
            string? name = key is null ? null : RecordingName.Open(recording, key);
            Console.WriteLine(parsed.GetValue(_json) ? CommandJson.Text(Facts(recording, name)) : Line(recording, name));
            return ExitCodes.Good;
        }
    }

    private async Task<int> GetAsync(ParseResult parsed, RecordingDesk desk, CancellationToken cancellationToken)
    {
        FileInfo file = parsed.GetRequiredValue(_file);
        (Recording recording, SecretKey? key) = await FindAsync(parsed, desk, cancellationToken);
        using (key)
        {
            if (key is null) throw new CommandRefusedException("consent_missing", "The recording is of a case, and no consent to recordings holds.");
            await desk.Trail.AppendAsync(RecordingReads.EntryOf(recording, desk.Doer), cancellationToken);
            bool isMade = false, isWhole = false;
            try
            {
                await using IStoredBytes stored = await desk.Places.OpenAsync(recording, cancellationToken);
                await using FileStream target = new(file.FullName, new FileStreamOptions
                {
                    Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                });
                isMade = true;
                using ChunkOpener opener = new(key.Value, recording.Id.Value);
                await new RecordingReader(opener, stored, recording.ReceivedBytes)
                    .CopyAsync(0, recording.ReceivedBytes, piece => target.WriteAsync(piece, cancellationToken), cancellationToken);
                await target.FlushAsync(cancellationToken);
                isWhole = true;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or RecordingBrokenException)
            {
                throw new CommandRefusedException("not_written", e.Message);
            }
            finally
            {
                // A part would look like the whole to whoever finds it.
                if (isMade && !isWhole) file.Delete();
            }

            if (parsed.GetValue(_json)) Console.WriteLine(CommandJson.Text(new { recording.Id, File = file.FullName, Bytes = recording.ReceivedBytes }));
            else Console.WriteLine($"{recording.ReceivedBytes} bytes in {file.FullName}");
            return ExitCodes.Good;
        }
    }

    private async Task<int> VerifyAsync(ParseResult parsed, RecordingDesk desk, CancellationToken cancellationToken)
    {
        List<(Recording Recording, string? Name)> rows = await desk.ListAsync(_organization.Read(parsed), cancellationToken);
        List<(RecordingId Id, string Fault)> faults = [], unread = [];
        using (ProgressLine progress = new("recordings"))
        {
            for (int i = 0; i < rows.Count; i++)
            {
                Recording recording = rows[i].Recording;
                try
                {
                    if (await desk.Check.CheckAsync(recording, desk.Doer, null, cancellationToken) is { } fault) faults.Add((recording.Id, fault));
                }
                catch (StoreAwayException e)
                {
                    if (!await desk.Places.IsThereAsync(e.Store, cancellationToken)) throw;
                    unread.Add((recording.Id, e.Message));
                }

                progress.Report(i + 1);
            }
        }

        if (parsed.GetValue(_json))
        {
            Console.WriteLine(CommandJson.Text(new { recordings = rows.Count, rotten = faults.Select(Told), unread = unread.Select(Told) }));
        }
        else
        {
            foreach ((RecordingId id, string fault) in faults.Concat(unread)) Console.WriteLine($"recording {id}: {fault}");
            Console.WriteLine($"{rows.Count} recordings, {faults.Count} rotten{(unread.Count > 0 ? $", {unread.Count} not read" : "")}");
        }

        return faults.Count + unread.Count == 0 ? ExitCodes.Good : ExitCodes.Bad;
    }

    private static object Told((RecordingId Id, string Fault) found) => new { id = found.Id, fault = found.Fault };

    private async Task<int> MoveAsync(ParseResult parsed, RecordingDesk desk, CancellationToken cancellationToken)
    {
        string to = desk.Places.Wanted.Store;
        long all = await desk.Move.CountAsync(cancellationToken);
        Dictionary<MoveOutcome, int> counts = new() { [MoveOutcome.Moved] = 0, [MoveOutcome.Rotten] = 0, [MoveOutcome.Failed] = 0, [MoveOutcome.NotOurs] = 0 };
        using (ProgressLine progress = new($"of {all} recordings"))
        {
            for (int done = 1; await desk.Move.WaitForNextAsync(cancellationToken) is { } next; done++)
            {
                counts[await desk.Move.MoveAsync(next, desk.Doer, cancellationToken)]++;
                progress.Report(done);
            }
        }

        long left = await desk.Move.CountAsync(cancellationToken);
        Console.WriteLine(parsed.GetValue(_json)
            ? CommandJson.Text(new { to, moved = counts[MoveOutcome.Moved], rotten = counts[MoveOutcome.Rotten], failed = counts[MoveOutcome.Failed], left })
            : $"{counts[MoveOutcome.Moved]} recordings moved to the store '{to}', {counts[MoveOutcome.Rotten]} rotten, {counts[MoveOutcome.Failed]} failed, {left} left");
        return left == 0 && counts[MoveOutcome.Rotten] == 0 ? ExitCodes.Good : ExitCodes.Bad;
    }

    private async Task<(Recording Recording, SecretKey? Key)> FindAsync(ParseResult parsed, RecordingDesk desk, CancellationToken cancellationToken)
    {
        string text = parsed.GetRequiredValue(_id);
        return RecordingId.TryParse(text, null, out RecordingId id) && await desk.Recordings.OpenAsync(null, id, cancellationToken) is { Recording.IsStored: true } found
            ? found
            : throw new CommandRefusedException(CommandRefusedException.NotFound, $"There is no recording {text}: see 'stepcloud recording list'.");
    }

    /// <summary>As users see it, and where it lies, which is the administrators' matter.</summary>
    private static JsonObject Facts(Recording recording, string? name)
    {
        JsonObject facts = JsonNode.Parse(CommandJson.Text(RecordingResponse.Of(recording, name)))!.AsObject();
        facts["store"] = recording.Store;
        return facts;
    }

    private static string Line(Recording recording, string? name) =>
        $"{recording.Id}  {recording.Stored!.At:yyyy-MM-dd HH:mm}  {recording.ReceivedBytes,12}  {recording.Store,-6}  {recording.MediaType,-16}  {recording.Subject.Kind} {recording.Subject.Id:D}"
        + $"{(recording.HasConsent ? "" : "  no consent")}{(recording.Fault is null ? "" : "  ROTTEN")}  {name}".TrimEnd();
}
