using System.CommandLine;
using StepCloud.Api.Settings;
using StepCloud.Contracts.Ids;

namespace StepCloud.Api.Commands;

/// <summary>`--organization ID`.</summary>
internal sealed class OrganizationOption(string description)
{
    private readonly Option<string?> _option = new("--organization") { Description = description, HelpName = "ID" };

    public void AddTo(Command command) => command.Options.Add(_option);

    /// <returns>Null when it is not given.</returns>
    /// <exception cref="SettingException">It is no id.</exception>
    public OrganizationId? Read(ParseResult parsed) => parsed.GetValue(_option) switch
    {
        null => null,
        { } text when OrganizationId.TryParse(text, null, out OrganizationId id) => id,
        { } text => throw new SettingException("--organization", $"'{text}' is not an organization's id; 'stepcloud organization list' shows them."),
    };
}
