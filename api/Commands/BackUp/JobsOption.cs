using System.CommandLine;
using StepCloud.Api.Settings;

namespace StepCloud.Api.Commands.BackUp;

/// <summary>`--jobs`: how many tables at a time.</summary>
internal sealed class JobsOption(string description)
{
    private const int Most = 16;

    private readonly Option<int> _jobs = new("--jobs") { Description = description, HelpName = "N", DefaultValueFactory = _ => 1 };

    public void AddTo(Command command) => command.Options.Add(_jobs);

    public int Read(ParseResult parsed)
    {
        int jobs = parsed.GetValue(_jobs);
        return jobs is >= 1 and <= Most ? jobs : throw new SettingException("--jobs", $"'{jobs}' is not from 1 to {Most}.");
    }
}
