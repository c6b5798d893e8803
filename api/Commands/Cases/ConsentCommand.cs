using System.CommandLine;
using StepCloud.Actors.Ports;
using StepCloud.Api.Cases;
using StepCloud.Api.Settings;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Cases;

namespace StepCloud.Api.Commands.Cases;

/// <summary>`stepcloud consent`: what the people of cases have agreed to.</summary>
internal sealed class ConsentCommand(TimeProvider clock)
{
    private readonly Argument<string> _case = new("case") { Description = "The case's id, as 'case list' shows it." };
    private readonly Argument<string> _consent = new("consent") { Description = "The consent's id, as 'consent list' shows it." };
    private readonly Option<string> _form = new("--form") { Description = $"How it was withdrawn: {string.Join(", ", ConsentWords.WithdrawalForms)}.", HelpName = "FORM", Required = true };
    private readonly CaseCommands _commands = new(clock);

    public Command Create()
    {
        _form.AcceptOnlyFromAmong(ConsentWords.WithdrawalForms);
        return new Command("consent", "What the people of cases have agreed to.")
        {
            _commands.Described("consent", new Command("list", "A case's consents, withdrawn ones too.") { _case }, ListAsync),
            _commands.Described(
                "consent", new Command("record", "Record a consent of a JSON object on the standard input: given_by, guardian, purposes, form, given_at, ends_at, note.") { _case }, RecordAsync),
            _commands.Described("consent", new Command("withdraw", "Withdraw a consent: it holds no more from now on, and stays.") { _case, _consent, _form }, WithdrawAsync),
        };
    }

    private async Task ListAsync(CaseTask task, CancellationToken cancellationToken)
    {
        CaseId id = CaseOf(task);
        List<ConsentView> consents = await task.Consents.ListAsync(task.Organization, id, cancellationToken) ?? throw CaseTask.NotFound("case");
        await task.EnterAsync(PersonalRead.OfCase(task.Organization, task.Doer, AuditSubject.Consent, id, consents.Count), cancellationToken);
        task.Say(task.Parsed.GetValue(_commands.Json), new { consents }, consents.Select(TextOf), "There is no consent.");
    }

    private async Task RecordAsync(CaseTask task, CancellationToken cancellationToken)
    {
        ConsentRequest asked = await CaseTask.ReadInputAsync<ConsentRequest>(cancellationToken);
        CaseTask.Check(asked.Fault());
        ConsentId id = CaseTask.Done(await task.Consents.RecordAsync(task.Organization, CaseOf(task), asked.Consent, task.Doer, null, cancellationToken));
        task.Say(task.Parsed.GetValue(_commands.Json), new { id }, [$"{id} is recorded."], "");
    }

    private async Task WithdrawAsync(CaseTask task, CancellationToken cancellationToken)
    {
        string text = task.Parsed.GetRequiredValue(_consent);
        if (!ConsentId.TryParse(text, null, out ConsentId id))
            throw new SettingException("consent", $"'{text}' is not a consent's id; 'stepcloud consent list' shows them.");
        CaseTask.Done(await task.Consents.WithdrawAsync(task.Organization, CaseOf(task), id, task.Parsed.GetRequiredValue(_form), task.Doer, null, cancellationToken));
        task.Say(task.Parsed.GetValue(_commands.Json), new { id }, [$"{id} is withdrawn."], "");
    }

    private CaseId CaseOf(CaseTask task) => CaseTask.CaseIdOf(task.Parsed.GetRequiredValue(_case));

    private static string TextOf(ConsentView view) =>
        $"{view.Id}  {(view.Holds ? "holds" : view.WithdrawnAt is { } at ? $"withdrawn {at:u}" : "does not hold now")}  for {string.Join(", ", view.Purposes)}, by the {view.GivenBy}"
        + $"{(view.Guardian is { } name ? $" {name}" : "")} on {(view.Form == "email" ? "e-mail" : view.Form)}, from {view.GivenAt:u}{(view.EndsAt is { } ends ? $" until {ends:u}" : "")}";
}
