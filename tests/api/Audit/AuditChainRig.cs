using Microsoft.Extensions.Options;
using Npgsql;
using StepCloud.Api.Audit;
using StepCloud.Api.Tokens;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;
using StepCloud.Storage;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Support;

namespace StepCloud.Tests.Api.Audit;

/// <summary>A chain that no other test has, in the server's database, and the superuser who tampers with it.</summary>
internal sealed class AuditChainRig(ApiServer server)
{
    public OrganizationId Organization { get; } = OrganizationId.New(TimeProvider.System);

    /// <summary>After the server's own days: heads that are signed by it are no matter of the test.</summary>
    public FakeClock Clock { get; } = new(new DateTimeOffset(2031, 5, 6, 7, 8, 9, TimeSpan.Zero));

    public static async Task<AuditChainRig> CreateAsync(ApiServer server, int entries)
    {
        AuditChainRig rig = new(server);
        for (int n = 1; n <= entries; n++) await rig.AppendAsync();
        return rig;
    }

    public Task AppendAsync(string agent = "test") => new AuditTrail(server.Service<StepCloudDatabase>(), Clock).AppendAsync(
        [
            new NewAuditEntry(
                Organization, AuditDoer.User(new UserId(Guid.Empty), Organization, new SessionOrigin("192.0.2.7", agent)), "thing.changed",
                new AuditSubject("thing", "ä 🦷"), """{"n": 1.50}""", """{"n":"\u0041\n"}"""),
        ],
        CancellationToken.None);

    /// <returns>This chain's new head.</returns>
    public async Task<AuditHead> SignAsync()
    {
        Clock.Advance(TimeSpan.FromMinutes(1));
        return (await Signer.SignAllAsync(CancellationToken.None)).Single(head => head.Organization == Organization);
    }

    public AuditHeadSigner Signer => new(
        server.Service<AuditHeadStore>(), server.Service<SigningKeys>(), server.Service<IOptions<AccessTokenOptions>>(), Clock);

    public async Task<ChainVerdict> VerifyAsync(params AuditHead[] kept) =>
        (await server.Service<AuditVerifier>().VerifyAsync(kept, null, CancellationToken.None)).Chains.Single(chain => chain.Organization == Organization);

    public async Task<AuditFault> FaultAsync(params AuditHead[] kept) => (await VerifyAsync(kept)).Fault!;

    public async Task<AuditEntry> FindAsync(long sequence) =>
        (await server.Service<AuditQueries>().ListAsync(Organization, new AuditFilter(), sequence + 1, 1, CancellationToken.None)).Single();

    public async Task<string> ExportAsync()
    {
        await using StringWriter writer = new() { NewLine = "\n" };
        await server.Service<AuditExport>().WriteAsync(writer, Organization, CancellationToken.None);
        return writer.ToString();
    }

    /// <summary>What a superuser can do who knows how: the triggers off, the change, the triggers on again. `$1` is the chain.</summary>
    public async Task TamperAsync(string sql, params object[] more)
    {
        NpgsqlConnectionStringBuilder administrator = new(server.Database.AdministratorConnectionString)
        {
            Database = new NpgsqlConnectionStringBuilder(server.Database.ConnectionString).Database,
            Pooling = false,
        };
        await using NpgsqlConnection connection = new(administrator.ConnectionString);
        await connection.OpenAsync();
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
        await ExecuteAsync(Triggers("DISABLE TRIGGER"));
        foreach (string statement in sql.Split(';')) await ExecuteAsync(statement, [Organization.Value, .. more]);
        await ExecuteAsync(Triggers("ENABLE ALWAYS TRIGGER"));
        await transaction.CommitAsync();

        async Task ExecuteAsync(string text, params object[] values)
        {
            await using NpgsqlCommand command = new(text, connection);
            if (text.Contains('$')) foreach (object value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
            await command.ExecuteNonQueryAsync();
        }
    }

    private static string Triggers(string how) =>
        $"ALTER TABLE audit_entry {how} audit_entry_append, {how} audit_entry_refuse; ALTER TABLE audit_head {how} audit_head_refuse";
}
