using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using StepCloud.Actors.Ports;
using StepCloud.Actors.Sessions;
using StepCloud.Api.Demo;
using StepCloud.Api.Hosting;
using StepCloud.Api.Http.Protection;
using StepCloud.Api.Ledgers;
using StepCloud.Api.Settings;
using StepCloud.Api.Tokens;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Api.Commands;

/// <summary>`run`: the server, or several, with demo data, a simulated shop and a live table. What `./run` does after it has built everything.</summary>
internal sealed class RunCommand(IRunHost host, TimeProvider clock)
{
    private const int SimulatedGateways = 3;

    private readonly CommonOptions _common = new();
    private readonly Option<TimeSpan?> _for = Duration.Option("--for", "End after this long, count everything, and exit 0 when nothing was lost.");
    private readonly Option<bool> _noSimulation = new("--no-sim") { Description = "Without the simulated shop." };
    private readonly Option<bool> _caddy = new("--caddy") { Description = "With Caddy in front, on loopback and with a certificate of its own authority." };

    private readonly Option<int> _httpsPort = new("--https-port")
    {
        Description = "Port of Caddy (8443).", HelpName = "PORT", DefaultValueFactory = _ => 8443,
        CustomParser = result =>
        {
            if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port <= 65535) return port;
            result.AddError($"Setting --https-port: '{result.Tokens[0].Value}' is not between 0 and 65535.");
            return 0;
        },
    };

    public Command Create()
    {
        Command command = new("run", "Run the server with a simulated shop and a live table.") { _for, _noSimulation, _caddy, _httpsPort };
        foreach (Option option in host.Options) command.Options.Add(option);
        _common.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, cancellationToken));
        return command;
    }

    private Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = _common.CreateBuilder(parsed);
        // The table is the output; the log tells what went wrong.
        builder.Configuration.AddInMemoryCollection([KeyValuePair.Create<string, string?>("Logging:LogLevel:Default", "Warning")]);
        bool isProxied = parsed.GetValue(_caddy) || host.HasCaddy;
        if (isProxied) builder.Configuration.AddInMemoryCollection([KeyValuePair.Create<string, string?>($"{NetworkOptions.Section}:{nameof(NetworkOptions.TrustedProxies)}:0", "127.0.0.1/32")]);
        string data = SettingsCheck.ReadServer(builder.Configuration).Data;
        return host.RunAsync(parsed, builder, servers => RunOnAsync(servers, parsed, data, isProxied, cancellationToken), cancellationToken);
    }

    private async Task<int> RunOnAsync(RunningServers servers, ParseResult parsed, string data, bool isProxied, CancellationToken cancellationToken)
    {
        StepCloudServer server = servers.First;
        await TellAsync(servers, cancellationToken);
        await AdministratorNotice.WarnAsync(server, cancellationToken);

        await using SimulatedShop? shop = parsed.GetValue(_noSimulation) ? null : new SimulatedShop(Path.Combine(data, "sim"), servers, clock);
        if (shop is not null && !await StartShopAsync(shop, server, cancellationToken)) return ExitCodes.Bad;

        bool wentWell;
        await using (CaddyFront? front = isProxied
            ? await CaddyFront.StartAsync(servers.HttpAddresses, parsed.GetValue(_httpsPort), Path.Combine(data, "caddy"), clock, cancellationToken)
            : null)
        {
            if (front is not null) Console.WriteLine($"Caddy on {front.Address}; its authority's certificate is {front.RootCertificate}");
            wentWell = await WatchAsync(servers, front, parsed.GetValue(_for), cancellationToken);
        }

        if (shop is not null)
        {
            bool delivered = await shop.StopAsync();
            if (!delivered) Console.Error.WriteLine("The simulated shop left something undelivered; it sends it at the next start.");
            LedgerVerdict verdict = await shop.VerifyAsync(server.Services.GetRequiredService<LedgerVerifier>(), CancellationToken.None);
            await server.StopAsync(CancellationToken.None);
            Console.WriteLine(verdict);
            wentWell &= verdict.IsGood;
        }

        return wentWell ? ExitCodes.Good : ExitCodes.Bad;
    }

    /// <summary>Makes the demo data at the first start, and says where everything is.</summary>
    private static async Task TellAsync(RunningServers servers, CancellationToken cancellationToken)
    {
        DemoInstallation demo = ActivatorUtilities.CreateInstance<DemoInstallation>(servers.First.Services);
        if (await demo.CreateAsync(cancellationToken) is { } passwords)
        {
            Console.WriteLine("A demo organization was made. These passwords are shown this once:");
            Console.WriteLine($"  administrator  {DemoInstallation.AdministratorEmail}  {passwords.Administrator}");
            Console.WriteLine($"  user           {DemoInstallation.OwnerEmail}  {passwords.Owner}");
        }

        Console.WriteLine($"HTTP on {string.Join(',', servers.HttpAddresses)} (/docs, /admin/docs, /gateway/docs), MQTT on {servers.MqttAddresses}");
    }

    private static async Task<bool> StartShopAsync(SimulatedShop shop, StepCloudServer server, CancellationToken cancellationToken)
    {
        DemoInstallation demo = ActivatorUtilities.CreateInstance<DemoInstallation>(server.Services);
        if (await demo.FindOwnerAsync(cancellationToken) is not { } owner)
        {
            Console.Error.WriteLine("This installation was not begun by the demo, so no shop is simulated in it. Use --no-sim.");
            return false;
        }

        // The server vouches for its own demo user: the password was told once and is not kept.
        SessionHolder holder = new(HolderKind.User, owner.Id.Value, owner.Organization, owner.Roles);
        SessionGrant grant = await server.Services.GetRequiredService<TokenFamily>()
            .StartAsync(holder, SessionStarts.Local, endOthers: false, AuditDoer.System("simulated shop"), cancellationToken);
        try
        {
            string token = server.Services.GetRequiredService<AccessTokenIssuer>().Issue(grant).Text;
            await shop.StartAsync(token, SimulatedGateways, cancellationToken);
            return true;
        }
        catch (SimulatorException e)
        {
            Console.Error.WriteLine(e.Message);
            return false;
        }
        finally
        {
            await server.Services.GetRequiredService<ISessionStore>().EndAsync(
                grant.Session, HolderKind.User, owner.Id.Value, SessionEnds.Done, TimeProvider.System.GetUtcNow(), AuditDoer.System("simulated shop"),
                CancellationToken.None);
        }
    }

    /// <summary>Shows the table until the time is over or somebody stops it.</summary>
    /// <returns>False when a program ended by itself.</returns>
    private async Task<bool> WatchAsync(RunningServers servers, CaddyFront? front, TimeSpan? duration, CancellationToken cancellationToken)
    {
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using CancellationTokenSource timer = new(duration ?? Timeout.InfiniteTimeSpan, clock);
        await using CancellationTokenRegistration atTime = timer.Token.Register(end.Cancel);
        Task table = new LiveTable(servers, AnsiConsole.Console, clock).RunAsync(end.Token);
        Task stopping = servers.First.WhenStoppingAsync(end.Token);
        Task ended = front?.WhenEndedAsync(end.Token) ?? Task.Delay(Timeout.InfiniteTimeSpan, clock, end.Token);
        await Task.WhenAny(table, stopping, ended);
        bool byItself = !end.IsCancellationRequested;
        if (byItself && ended.IsCompletedSuccessfully) Console.Error.WriteLine("Caddy has ended by itself; its log is caddy/caddy.log in the data folder.");
        await end.CancelAsync();
        await table;
        return !byItself;
    }
}
