using System.CommandLine;
using StepCloud.Actors.Ports;
using StepCloud.Api.Audit;
using StepCloud.Api.Cases;
using StepCloud.Api.Recordings;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;
using StepCloud.Storage.Cases;

namespace StepCloud.Api.Commands.Cases;

/// <summary>`stepcloud case`: whom jobs are for. Every look is an entry of the audit, as it is in the API.</summary>
internal sealed class CaseCommand(TimeProvider clock)
{
    private readonly Argument<string> _case = new("case") { Description = "The case's id, as 'case list' shows it." };
    private readonly Option<string> _reason = new("--reason") { Description = $"Why: {string.Join(", ", CaseStore.EraseReasons)}.", HelpName = "REASON", Required = true };
    private readonly Option<FileInfo> _output = new("--output") { Description = "The file to be written; it must not be there yet.", HelpName = "FILE", Required = true };
    private readonly CaseCommands _commands = new(clock);

    public Command Create()
    {
        _reason.AcceptOnlyFromAmong(CaseStore.EraseReasons);
        return new Command("case", "Whom jobs are for: people, and orders.")
        {
            _commands.Described("case", new Command("list", "All cases of an organization, erased ones too."), ListAsync),
            _commands.Described("case", new Command("show", "One case.") { _case }, ShowAsync),
            _commands.Described("case", new Command("create", "Make a case of a JSON object on the standard input: reference, name, birth_date."), CreateAsync),
            _commands.Described("case", new Command("find", "Find cases by a JSON object on the standard input: reference; or name and birth_date."), FindAsync),
            _commands.Described("case", new Command("export", "Write all that is known of a case into one archive, a ZIP of JSON.") { _case, _output }, ExportAsync),
            _commands.Described("case", new Command("erase", "Destroy a case's key: nobody can read what is known of it. There is no way back.") { _case, _reason }, EraseAsync),
        };
    }

    private async Task ListAsync(CaseTask task, CancellationToken cancellationToken)
    {
        List<CaseView> cases = await AllPages.ReadAsync<CaseView>(
            async (last, count) => await task.Queries.ListAsync(task.Organization, last?.Id, count, cancellationToken));
        await task.EnterAsync(PersonalRead.OfList(task.Organization, task.Doer, AuditSubject.Case, new { organization = task.Organization.Value }, cases.Count), cancellationToken);
        Say(task, new { cases }, cases);
    }

    private async Task ShowAsync(CaseTask task, CancellationToken cancellationToken)
    {
        CaseId id = CaseTask.CaseIdOf(task.Parsed.GetRequiredValue(_case));
        CaseView found = await task.Queries.FindAsync(task.Organization, id, cancellationToken) ?? throw CaseTask.NotFound("case");
        await task.EnterAsync(PersonalRead.OfCase(task.Organization, task.Doer, AuditSubject.Case, id, rows: 1), cancellationToken);
        Say(task, new { @case = found }, [found]);
    }

    private async Task FindAsync(CaseTask task, CancellationToken cancellationToken)
    {
        SearchCasesRequest asked = await CaseTask.ReadInputAsync<SearchCasesRequest>(cancellationToken);
        CaseTask.Check(asked.Fault());
        List<CaseView> cases = asked.Reference is { } reference
            ? await task.Queries.FindByReferenceAsync(task.Organization, reference, cancellationToken)
            : await task.Queries.FindByPersonAsync(task.Organization, asked.Name!, asked.BirthDate!.Value, cancellationToken);
        await task.EnterAsync(
            PersonalRead.OfList(
                task.Organization, task.Doer, AuditSubject.Case,
                new { by = asked.Reference is null ? "name_and_birth_date" : "reference", found = cases.Select(one => one.Id.Value) }, cases.Count),
            cancellationToken);
        Say(task, new { cases }, cases);
    }

    private async Task CreateAsync(CaseTask task, CancellationToken cancellationToken)
    {
        CaseRequest asked = await CaseTask.ReadInputAsync<CaseRequest>(cancellationToken);
        CaseTask.Check(asked.Fault(task.Clock));
        CaseId id = CaseTask.Done(await task.Cases.CreateAsync(task.Organization, asked.Fields, task.Doer, null, cancellationToken));
        task.Say(task.Parsed.GetValue(_commands.Json), new { id }, [$"{id} is made."], "");
    }

    private async Task ExportAsync(CaseTask task, CancellationToken cancellationToken)
    {
        CaseId id = CaseTask.CaseIdOf(task.Parsed.GetRequiredValue(_case));
        CaseExport export = new(task.Database, task.Keys, new AuditTrail(task.Database, task.Clock), new AuditQueries(task.Database), task.Clock);
        CaseContents contents = await export.ReadAsync(task.Organization, id, RecordingName.Open, task.Doer, cancellationToken) ?? throw CaseTask.NotFound("case");
        string file = await PersonalFile.WriteAsync(task.Parsed.GetRequiredValue(_output), PersonalArchive.Of(contents), cancellationToken);
        task.Say(task.Parsed.GetValue(_commands.Json), new { file }, [$"{file} is written."], "");
    }

    private async Task EraseAsync(CaseTask task, CancellationToken cancellationToken)
    {
        CaseId id = CaseTask.CaseIdOf(task.Parsed.GetRequiredValue(_case));
        CaseView erased = CaseTask.Done(await task.Cases.EraseAsync(task.Organization, id, task.Parsed.GetRequiredValue(_reason), task.Doer, null, cancellationToken));
        Say(task, new { @case = erased }, [erased]);
    }

    private void Say(CaseTask task, object json, IReadOnlyList<CaseView> cases) =>
        task.Say(task.Parsed.GetValue(_commands.Json), json, cases.Select(TextOf), "There is no such case.");

    private static string TextOf(CaseView view) => view.ErasedAt is { } at
        ? $"{view.Id}  erased {at:u}, {view.EraseReason}"
        : $"{view.Id}  {view.Reference ?? "cannot be read: its key is lost"}  {view.Name ?? "no name"}{(view.BirthDate is { } date ? $", born {date:yyyy-MM-dd}" : "")}";
}
