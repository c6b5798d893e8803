using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using StepCloud.Contracts.Ids;
using StepCloud.GatewaySim.Files;
using StepCloud.GatewaySim.Server;

namespace StepCloud.GatewaySim.Commands;

/// <summary>`gateway-sim enroll`: creates gateways on the server until the data folder holds as many as asked for.</summary>
internal sealed class EnrollCommand
{
    private const string PasswordVariable = "STEPCLOUD_PASSWORD";
    private const string TokenVariable = "STEPCLOUD_ACCESS_TOKEN";

    private readonly Option<Uri> _server = Arguments.Server();
    private readonly Option<DirectoryInfo> _data = Arguments.Data();
    private readonly Option<string?> _site = new("--site") { Description = "The site's id or name; the first site when not given.", HelpName = "SITE" };
    private readonly Option<int?> _gateways = Arguments.Number("--gateways", "How many the data folder shall hold, those included that it holds already.", 1, 10_000);
    private readonly Option<string?> _email = new("--email") { Description = $"Signs in with this and the password (--password-file or {PasswordVariable}); without it, {TokenVariable} is used." };
    private readonly Option<FileInfo?> _passwordFile = new("--password-file") { Description = "A file whose first line is the password.", HelpName = "FILE" };

    public Command Build(CommandContext context)
    {
        Command command = new("enroll", "Creates gateways on the server and keeps their credentials.") { _server, _data, _site, _gateways, _email, _passwordFile };
        _gateways.Required = true;
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, context, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        using DataFolder data = DataFolder.Open(parsed.GetRequiredValue(_data).FullName);
        int missing = parsed.GetValue(_gateways)!.Value - data.Gateways().Count;
        if (missing <= 0)
        {
            context.Say($"{data.Gateways().Count} gateways are enrolled already.");
            return ExitCodes.Success;
        }
        using HttpClient http = context.Http(parsed.GetRequiredValue(_server));
        ServerApi server = new(http);
        string accessToken = await AccessTokenAsync(parsed, server, cancellationToken);
        SiteId site = await SiteAsync(parsed.GetValue(_site), server, accessToken, cancellationToken);
        for (int i = 0; i < missing; i++)
        {
            // Random, so that several data folders can enrol at one site and tell their gateways apart.
            string serial = string.Create(CultureInfo.InvariantCulture, $"SIM-{RandomNumberGenerator.GetHexString(8)}");
            GatewayGrant grant = await server.CreateGatewayAsync(accessToken, site, $"Simulated gateway {serial[4..]}", serial, cancellationToken);
            data.Add(new GatewayCredentials(grant.Gateway.Id, grant.Gateway.Name, grant.RefreshToken, context.Clock.GetUtcNow()));
            context.Say($"enrolled {grant.Gateway.Id} ({grant.Gateway.Name})");
        }
        return ExitCodes.Success;
    }

    private async Task<string> AccessTokenAsync(ParseResult parsed, ServerApi server, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(_email) is not { } email)
        {
            return Environment.GetEnvironmentVariable(TokenVariable) is { Length: > 0 } token
                ? token
                : throw new UserErrorException($"Give --email with a password, or a user's access token in {TokenVariable}.");
        }
        string password = parsed.GetValue(_passwordFile) is { } file ? FirstLine(file) : Environment.GetEnvironmentVariable(PasswordVariable) ?? "";
        if (password.Length == 0)
            throw new UserErrorException($"--email needs a password, in --password-file or in {PasswordVariable}.");
        return (await server.SignInAsync(email, password, cancellationToken)).AccessToken;
    }

    private static string FirstLine(FileInfo file)
    {
        try
        {
            return File.ReadLines(file.FullName).FirstOrDefault() ?? "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"--password-file cannot be read: {e.Message}");
        }
    }

    private static async Task<SiteId> SiteAsync(string? wanted, ServerApi server, string accessToken, CancellationToken cancellationToken)
    {
        if (SiteId.TryParse(wanted, null, out SiteId id))
            return id;
        IReadOnlyList<Site> sites = await server.GetSitesAsync(accessToken, cancellationToken);
        Site? site = sites.FirstOrDefault(site => wanted is null || site.Name == wanted);
        return site?.Id ?? throw new UserErrorException(wanted is null ? "You have no site." : $"You have no site of the name '{wanted}'.");
    }
}
