using System.CommandLine;
using StepCloud.Api.Recordings.Files;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Commands.Recordings;

/// <summary>`stepcloud recording adopt-place`: a place that was another installation's, or has lost its mark, is this one's from now on.</summary>
/// <remarks>It is done when the mark that the place has is named: whoever names it has looked, and a script that names yesterday's mark does nothing.</remarks>
internal sealed class AdoptPlace
{
    public const string Name = "adopt-place";

    public const string Description =
        "Take a place of recordings over that has another installation's mark, or none, as after a restore in earnest. Without --instead-of it only says what it finds. "
        + "From then on this installation writes there, moves recordings away, and takes away what its database does not know, once it is older than Recordings:StrangersKept; "
        + "whichever installation had the place can only read it. Never do it to a place that another installation still uses.";

    private const string None = "none";

    public Argument<string> Store { get; } = new("store") { Description = $"'{RecordingPlaceNames.Folder}' or '{RecordingPlaceNames.S3}'." };

    public Option<string?> InsteadOf { get; } = new("--instead-of") { Description = $"The mark that the place has, as this command shows it; '{None}' where it has none.", HelpName = "MARK" };

    public Command AddTo(Command command)
    {
        Store.AcceptOnlyFromAmong(RecordingPlaceNames.Folder, RecordingPlaceNames.S3);
        command.Options.Add(InsteadOf);
        return command;
    }

    public async Task<int> RunAsync(ParseResult parsed, RecordingDesk desk, bool json, CancellationToken cancellationToken)
    {
        IRecordingPlace place = desk.Places.Of(parsed.GetRequiredValue(Store));
        PlaceFacts facts = await desk.Places.Ownership.LookAsync(place, cancellationToken);
        string has = facts.Owner ?? None;
        bool adopts = !facts.IsOurs && parsed.GetValue(InsteadOf) is { } named
            && (named == has ? true : throw new CommandRefusedException("other_mark", $"The mark of {place.Location} is '{has}', and not '{named}'. Nothing was changed."));
        if (adopts) await desk.Places.Ownership.AdoptAsync(place, facts.Owner, desk.Doer, cancellationToken);

        if (json)
        {
            Console.WriteLine(CommandJson.Text(new { place.Store, place.Location, mark = facts.Owner, facts.IsOurs, adopted = adopts, looked_for = facts.Expected, found = facts.Found }));
        }
        else
        {
            Console.WriteLine($"{place.Location}: {(facts.Owner is null ? "it has no mark" : $"its mark is {facts.Owner}")}. Of the {facts.Expected} oldest recordings that should be there, {facts.Found} are.");
            Console.WriteLine((facts.IsOurs, adopts) switch
            {
                (true, _) => "It is this installation's already.",
                (_, true) => "It is this installation's from now on. Whichever had it before only reads there.",
                _ => $"It is not this installation's. If no other uses it: stepcloud recording {Name} {place.Store} --instead-of {has}",
            });
        }

        return facts.IsOurs || adopts ? ExitCodes.Good : ExitCodes.Bad;
    }
}
