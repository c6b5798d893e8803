using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Shouldly;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Recordings;
using Xunit;

namespace StepCloud.Tests.Api.SignInCodes;

/// <summary>Neither a code nor a token is written down, however much the server tells of what it does.</summary>
public sealed class SignInCodeSecrecyTests : IAsyncLifetime
{
    private readonly KeptLog _log = new();

    private readonly ApiServer _server = new()
    {
        Settings =
        [
            ("Logging:LogLevel:Default", "Trace"), ("Logging:LogLevel:Microsoft.AspNetCore", "Trace"), ("Logging:LogLevel:Npgsql", "Trace"), ("Logging:Console:LogLevel:Default", "None"),
            ("Logging:Console:LogLevel:Microsoft.AspNetCore", "None"), ("Logging:Console:LogLevel:Npgsql", "None"),
        ],
    };

    public async Task InitializeAsync()
    {
        await _server.InitializeAsync();
        _server.Service<ILoggerFactory>().AddProvider(_log);
    }

    public Task DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task No_code_and_no_token_is_in_the_log_or_in_the_database()
    {
        TabletRig rig = await TabletRig.CreateAsync(_server);
        string used = await rig.MakeCodeAsync();
        ApiClient tablet = await rig.RedeemAsync(used);
        await SampleRecordings.SendAsync(tablet, rig.OfCase, SampleRecordings.Png).ShouldAnswerAsync(201);
        string living = await rig.MakeCodeAsync(), wrong = TabletRig.Wrong(living);
        await rig.TryRedeemAsync(wrong).ShouldBeProblemAsync(401, "invalid_sign_in_code");
        await tablet.GetAsync("/api/v1/me").ShouldBeProblemAsync(403, "upload_session_only");

        _log.Lines.ShouldContain(line => line.Contains("/api/v1/sign-in-codes/redeem", StringComparison.Ordinal), "it tells a lot");
        foreach (string secret in (string[])[used, living, wrong, .. ((string[])[used, living, wrong]).Select(code => code.Replace("-", "")), tablet.Token!, tablet.Token!.Split('.')[2]])
        {
            _log.Lines.ShouldNotContain(line => line.Contains(secret, StringComparison.OrdinalIgnoreCase));
            foreach (string table in await TablesAsync())
                (await _server.Database.ScalarAsync<long>($"SELECT count(*) FROM {table} AS t WHERE strpos(upper(t::text), upper($1)) > 0", secret)).ShouldBe(0, table);
        }

        // The secret part alone is too short to be looked for everywhere: it is nowhere where a code could be.
        string[] rows = await _server.Database.ScalarAsync<string[]>("SELECT array_agg(t::text) FROM sign_in_code AS t");
        rows.ShouldHaveSingleItem().ShouldNotContain(living.Replace("-", "")[3..]);
    }

    private Task<string[]> TablesAsync() => _server.Database.ScalarAsync<string[]>(
        "SELECT array_agg(oid::regclass::text) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'");

    private sealed class KeptLog : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyCollection<string> Lines => _lines;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue(formatter(state, exception) + exception);

        public void Dispose()
        {
        }
    }
}
