using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Npgsql;
using StepCloud.Actors.Workflows;
using StepCloud.Bench.Frame;
using StepCloud.Bench.Load;
using StepCloud.Bench.Processes;
using StepCloud.Storage;

namespace StepCloud.Bench.Scenarios;

/// <summary>What jobs cost: those who send steps, and whoever asks which jobs used a lot.</summary>
internal sealed class JobsScenario : Scenario
{
    private const int StepsOfJob = 10, StepsOfMessage = 20, Senders = 8;

    /// <summary>Jobs that are open in each round: more than it can fill.</summary>
    private const int JobsOfRound = 12_000;

    private const int JobsStored = 1_000_000, JobsOfLot = 50;

    private static readonly TimeSpan s_warmup = TimeSpan.FromSeconds(5);

    private static readonly Metric s_rate = new("steps_per_second", "steps/s acknowledged", IsHeadline: true);
    private static readonly Metric s_cpu = new("cpu_microseconds_per_step", "CPU a step until all were looked at, us (server, load)", "N0");
    private static readonly Metric s_late = new("seconds_to_look_at_all", "s until all were looked at", "0.0");
    private static readonly Metric s_p50 = new("p50_milliseconds", "p50, ms", "0.00", IsHeadline: true);
    private static readonly Metric s_p99 = new("p99_milliseconds", "p99, ms", "0.00");

    public override string Name => "jobs";

    public override string Title => "Conformance beside ingest, and which jobs used a lot";

    public override async Task<ScenarioResult> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        await using var server = await OwnServer.StartAsync(context.Time, cancellationToken);
        using var http = new HttpClient { BaseAddress = server.Address };
        await using var source = NpgsqlDataSource.Create(server.Service<DatabaseAddress>().ConnectionString);
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        var shop = await Shop.OpenAsync(server, http, connection, context.Time, cancellationToken);
        context.Say("warming up ...");
        await shop.RoundAsync(hasJobs: true, s_warmup, cancellationToken);
        var ingest = await Contest.RunAsync(
            $"steps of jobs, {StepsOfMessage} a message",
            [s_rate, s_cpu, s_late],
            [
                new Competitor("the jobs are open", ct => shop.RoundAsync(hasJobs: true, context.RoundDuration, ct)),
                new Competitor("there are no such jobs", ct => shop.RoundAsync(hasJobs: false, context.RoundDuration, ct)),
            ],
            context.Rounds, context.Say, cancellationToken);

        int jobs = context.Quick ? JobsStored / 100 : JobsStored;
        context.Say($"storing {jobs} jobs ...");
        var lots = await shop.StoreJobsAsync(jobs, cancellationToken);
        var tracing = await Contest.RunAsync(
            "which jobs used a lot",
            [s_p50, s_p99],
            [new Competitor("GET /api/v1/material-lots/{id}/jobs", ct => shop.TraceAsync(lots, context, ct))],
            context.Rounds, context.Say, cancellationToken);
        var settings = new Dictionary<string, string>
        {
            ["seconds a round"] = $"{context.RoundDuration.TotalSeconds:0.#}",
            ["senders"] = $"{Senders}",
            ["steps of a job"] = $"{StepsOfJob}",
            ["jobs stored"] = $"{jobs}",
        };
        return context.Result(this, settings, ingest, tracing);
    }

    /// <summary>A shop with one gateway and a printer, whose owner has had a blueprint approved.</summary>
    private sealed class Shop(HttpClient http, NpgsqlConnection connection, Guid organization, Guid user, Guid blueprint, string device, string owner, string gateway, TimeProvider time)
    {
        private int _round;

        public static async Task<Shop> OpenAsync(OwnServer server, HttpClient http, NpgsqlConnection connection, TimeProvider time, CancellationToken cancellationToken)
        {
            string owner = await server.SignInAsync(http, OwnServer.Email, cancellationToken);
            var site = (Guid)(await StoredDevices.ScalarAsync(connection, "SELECT id FROM site LIMIT 1", cancellationToken))!;
            var user = (Guid)(await StoredDevices.ScalarAsync(connection, $"SELECT id FROM app_user WHERE email = '{OwnServer.Email}'", cancellationToken))!;
            var made = await AskAsync(http, HttpMethod.Post, "/api/v1/gateways", owner, new JsonObject { ["site"] = site.ToString(), ["name"] = "Bench" }, null, cancellationToken);
            string gateway = (string)made["access_token"]!, device = Guid.CreateVersion7(time.GetUtcNow()).ToString();
            await AskAsync(
                http, HttpMethod.Post, "/gateway/api/v1/devices", gateway,
                new JsonObject { ["device"] = device, ["source"] = "bench", ["model"] = "Asiga MAX UV385", ["interface"] = "http", ["label"] = "Printer" }, null, cancellationToken);
            var blueprint = await AskAsync(http, HttpMethod.Post, "/api/v1/blueprints", owner, new JsonObject { ["name"] = "Bench" }, null, cancellationToken);
            string path = $"/api/v1/blueprints/{blueprint["id"]}/versions";
            await AskAsync(http, HttpMethod.Post, path, owner, JsonNode.Parse(Document())!, null, cancellationToken);
            await AskAsync(http, HttpMethod.Post, path + "/1/approve", owner, new JsonObject { ["password"] = OwnServer.Password }, "*", cancellationToken);
            return new Shop(http, connection, server.Organization.Value, user, Guid.Parse((string)blueprint["id"]!), device, owner, gateway, time);
        }

        /// <summary>Steps of jobs, as many as are acknowledged in that time; then it waits until all of them were looked at.</summary>
        public async Task<IReadOnlyDictionary<Metric, double>> RoundAsync(bool hasJobs, TimeSpan duration, CancellationToken cancellationToken)
        {
            int round = ++_round;
            if (hasJobs) await OpenJobsAsync(round, cancellationToken);
            var cpu = Environment.CpuUsage.TotalTime;
            long begun = time.GetTimestamp();
            long next = 0, acknowledged = 0;
            await Task.WhenAll(Enumerable.Range(0, Senders).Select(_ => Task.Run(
                async () =>
                {
                    while (time.GetElapsedTime(begun) < duration)
                    {
                        long first = Interlocked.Add(ref next, StepsOfMessage) - StepsOfMessage;
                        if (first + StepsOfMessage > JobsOfRound * StepsOfJob) throw new BenchException("There are not enough jobs for a round.");
                        await SendAsync(round, first, cancellationToken);
                        Interlocked.Add(ref acknowledged, StepsOfMessage);
                    }
                },
                cancellationToken)));
            double seconds = time.GetElapsedTime(begun).TotalSeconds;
            long sent = time.GetTimestamp();
            while (!(bool)(await StoredDevices.ScalarAsync(
                connection,
                """
                SELECT NOT EXISTS (SELECT FROM job WHERE is_due)
                    AND NOT EXISTS (SELECT FROM job_cursor AS c JOIN step_event AS e USING (site_id) WHERE e.position > c.step_position)
                """,
                cancellationToken))!)
                await Task.Delay(TimeSpan.FromMilliseconds(100), time, cancellationToken);
            return new Dictionary<Metric, double>
            {
                [s_rate] = acknowledged / seconds,
                [s_cpu] = (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / acknowledged,
                [s_late] = time.GetElapsedTime(sent).TotalSeconds,
            };
        }

        /// <summary>Straight into the tables: two lots a job, each lot in a hundred of them.</summary>
        public async Task<Guid[]> StoreJobsAsync(int jobs, CancellationToken cancellationToken)
        {
            await StoredDevices.RunAsync(connection, StoredDevices.MakeId, cancellationToken);
            await StoredDevices.RunAsync(
                connection,
                $"""
                INSERT INTO material_lot (id, organization_id, material, lot, created_at, updated_at)
                    SELECT pg_temp.v7(now(), 'lot ' || i), '{organization}', 'Resin', 'L-' || i, now(), now() FROM generate_series(0, {(jobs / JobsOfLot) - 1}) AS i;
                -- What is asked uses none of these.
                DROP INDEX job_search, job_by_state, job_by_blueprint, job_waiting;
                ALTER TABLE job DISABLE TRIGGER USER;
                INSERT INTO job (id, organization_id, code, parts, blueprint_id, blueprint_number, created_at, created_by, state, state_since, is_due)
                    SELECT pg_temp.v7(now() - interval '400 days' + i * interval '30 seconds', 'job ' || i), '{organization}', 'old-' || i, 1, '{blueprint}', 1, now(), '{user}', 'conforming', now(), false
                    FROM generate_series(0, {jobs - 1}) AS i;
                ALTER TABLE job ENABLE TRIGGER USER;
                INSERT INTO job_lot (job_id, lot_id, added_at, added_by)
                    SELECT j.id, pg_temp.v7(now(), 'lot ' || lot % {jobs / JobsOfLot}), now(), '{user}'
                    FROM (SELECT id, substr(code, 5)::integer AS i FROM job WHERE code LIKE 'old-%') AS j CROSS JOIN LATERAL (VALUES (j.i * 7), (j.i * 7 + 3)) AS l (lot);
                ANALYZE job, job_lot, material_lot
                """,
                cancellationToken);
            return (Guid[])(await StoredDevices.ScalarAsync(connection, "SELECT array_agg(id ORDER BY md5(id::text)) FROM material_lot", cancellationToken))!;
        }

        public async Task<IReadOnlyDictionary<Metric, double>> TraceAsync(Guid[] lots, ScenarioContext context, CancellationToken cancellationToken)
        {
            List<double> times = [];
            long begun = context.Time.GetTimestamp();
            for (int i = 0; context.Time.GetElapsedTime(begun) < context.RoundDuration; i++)
            {
                long start = context.Time.GetTimestamp();
                var page = await AskAsync(http, HttpMethod.Get, $"/api/v1/material-lots/{lots[i % lots.Length]}/jobs?limit=100", owner, null, null, cancellationToken);
                times.Add(context.Time.GetElapsedTime(start).TotalMilliseconds);
                if (page["items"]!.AsArray().Count == 0) throw new BenchException("A lot was used and is found in no job.");
            }

            times.Sort();
            return new Dictionary<Metric, double> { [s_p50] = times[times.Count / 2], [s_p99] = times[times.Count * 99 / 100] };
        }

        private Task OpenJobsAsync(int round, CancellationToken cancellationToken) => StoredDevices.RunAsync(
            connection,
            $"""
            INSERT INTO job (id, organization_id, code, parts, blueprint_id, blueprint_number, created_at, created_by, state, state_since, is_due)
            SELECT gen_random_uuid(), '{organization}', 'r{round}-' || i, 1, '{blueprint}', 1, now(), '{user}', 'open', now(), false FROM generate_series(0, {JobsOfRound - 1}) AS i
            """,
            cancellationToken);

        /// <summary>Of 256 bytes or so each, a job's in their order.</summary>
        private async Task SendAsync(int round, long first, CancellationToken cancellationToken)
        {
            var body = new StringBuilder("[");
            var now = time.GetUtcNow();
            for (long i = first; i < first + StepsOfMessage; i++)
            {
                if (i > first) body.Append(',');
                var started = now.AddMinutes(-60 + (i % StepsOfJob));
                body.Append(
                    CultureInfo.InvariantCulture,
                    $$"""{"id":"{{Guid.CreateVersion7(started)}}","device":"{{device}}","kind":"task_performed","started":"{{started:yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'}}","ended":"{{started.AddSeconds(20):yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'}}","label":"Step {{i % StepsOfJob}}","job":"r{{round}}-{{i / StepsOfJob}}","settings":{"exposure_s":2.5},"series":[],"logs":[]}""");
            }

            using var request = new HttpRequestMessage(HttpMethod.Post, "/gateway/api/v1/steps")
            {
                Content = new StringContent(body.Append(']').ToString(), Encoding.UTF8, "application/json"),
                Headers = { Authorization = new AuthenticationHeaderValue("Bearer", gateway) },
            };
            using var answer = await http.SendAsync(request, cancellationToken);
            if (!answer.IsSuccessStatusCode) throw new BenchException($"Steps were answered with {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(cancellationToken)}");
        }

        private static string Document() => BlueprintJson.Write(new Blueprint([.. Enumerable.Range(0, StepsOfJob).Select(i => new BlueprintStep($"s{i}", $"Step {i}")
        {
            Label = $"Step {i}", DurationS = new NumberRange(10, 30), Settings = [new SettingRule("/exposure_s") { Min = 2, Max = 3 }],
        })]));

        private static async Task<JsonNode> AskAsync(
            HttpClient http, HttpMethod method, string path, string token, JsonNode? body, string? ifMatch, CancellationToken cancellationToken)
        {
            using var request = new HttpRequestMessage(method, path) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
            if (body is not null) request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
            if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
            using var answer = await http.SendAsync(request, cancellationToken);
            string text = await answer.Content.ReadAsStringAsync(cancellationToken);
            return answer.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new BenchException($"{method} {path} was answered with {(int)answer.StatusCode}: {text}");
        }
    }
}
