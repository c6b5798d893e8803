using System.CommandLine;
using System.Text;
using StepCloud.Actors.Ports;
using StepCloud.Api.Audit;
using StepCloud.Api.Hosting;
using StepCloud.Api.Settings;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Commands;

/// <summary>`stepcloud audit`: verify the chains, write one out, sign how far they have come.</summary>
internal sealed class AuditCommand(TimeProvider clock)
{
    private readonly CommonOptions _common = new();
    private readonly Option<bool> _json = CommandJson.Option();
    private readonly Option<FileInfo?> _heads = new("--heads") { Description = "Heads that were kept elsewhere, as 'audit head' prints them.", HelpName = "FILE" };
    private readonly OrganizationOption _organization = new("The organization; the installation's own chain when not given.");
    private readonly Option<FileInfo?> _out = new("--out") { Description = "A file instead of the standard output.", HelpName = "FILE" };

    public Command Create()
    {
        Command verify = new("verify", "Walk every chain and name the first broken entry of each.") { _json, _heads };
        verify.SetAction((parsed, cancellationToken) => VerifyAsync(parsed, cancellationToken));
        Command export = new("export", "Write a chain out as JSON lines, to be verified by another program.") { _out };
        _organization.AddTo(export);
        export.SetAction((parsed, cancellationToken) => ExportAsync(parsed, cancellationToken));
        Command head = new("head", "Sign how far every chain has come, and print it: keep it elsewhere.") { _json };
        head.SetAction((parsed, cancellationToken) => HeadAsync(parsed, cancellationToken));
        Command command = new("audit", "The record of who did what.") { verify, export, head };
        foreach (Command one in command.Subcommands) _common.AddTo(one);
        return command;
    }

    private Task<int> VerifyAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        List<AuditHead> kept = ReadHeads(parsed.GetValue(_heads));
        return WithServicesAsync(
            parsed,
            signs: false,
            async services =>
            {
                AuditVerdict verdict;
                using (ProgressLine progress = new("entries"))
                    verdict = await services.GetRequiredService<AuditVerifier>().VerifyAsync(kept, progress, cancellationToken);
                if (parsed.GetValue(_json)) Console.WriteLine(CommandJson.Text(new { verdict.IsGood, verdict.Protection, verdict.Chains }));
                else foreach (string line in AuditWords.Of(verdict)) Console.WriteLine(line);
                return verdict.IsGood ? ExitCodes.Good : ExitCodes.Bad;
            },
            cancellationToken);
    }

    private Task<int> ExportAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        OrganizationId? organization = _organization.Read(parsed);
        return WithServicesAsync(
            parsed,
            signs: false,
            async services =>
            {
                await OrganizationOption.RequireAsync(organization, services.GetRequiredService<StepCloudDatabase>(), cancellationToken);
                await services.GetRequiredService<IAuditTrail>()
                    .AppendAsync(AuditExported.Entry(organization, AuditDoer.System("stepcloud audit export")), cancellationToken);
                await using Stream stream = parsed.GetValue(_out) is { } file ? file.Create() : Console.OpenStandardOutput();
                await using StreamWriter writer = new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" };
                await services.GetRequiredService<AuditExport>().WriteAsync(writer, organization, cancellationToken);
                return ExitCodes.Good;
            },
            cancellationToken);
    }

    private Task<int> HeadAsync(ParseResult parsed, CancellationToken cancellationToken) => WithServicesAsync(
        parsed,
        signs: true,
        async services =>
        {
            await services.GetRequiredService<Tokens.SigningKeys>().LoadAsync(cancellationToken);
            IReadOnlyList<AuditHead> heads = await services.GetRequiredService<AuditHeadSigner>().SignAllAsync(cancellationToken);
            if (parsed.GetValue(_json))
                Console.WriteLine(CommandJson.Text(heads.Select(head => new { head.Organization, head.Sequence, head.SignedAt, head.KeyId, head.Jws })));
            else
                foreach (AuditHead head in heads) Console.WriteLine(head.Jws);
            return ExitCodes.Good;
        },
        cancellationToken);

    /// <param name="signs">Whether the work signs, and so needs the master key.</param>
    private Task<int> WithServicesAsync(ParseResult parsed, bool signs, Func<IServiceProvider, Task<int>> work, CancellationToken cancellationToken)
    {
        IConfiguration configuration = _common.CreateBuilder(parsed).Configuration;
        return DatabaseOnly.UseAsync(
            configuration,
            async database =>
            {
                ServiceCollection parts = [];
                parts.AddSingleton(configuration).AddSingleton(clock).AddSingleton(database.Database).AddAuditCommands();
                if (signs) parts.AddSingleton(await database.MasterKeyAsync(cancellationToken));
                await using ServiceProvider services = parts.BuildServiceProvider();
                return await work(services);
            },
            clock,
            cancellationToken);
    }

    private static List<AuditHead> ReadHeads(FileInfo? file)
    {
        if (file is null) return [];
        if (!file.Exists) throw new SettingException("--heads", $"there is no {file}.");
        List<AuditHead> heads = [];
        foreach (string line in File.ReadLines(file.FullName).Select(line => line.Trim()).Where(line => line.Length > 0))
            heads.Add(AuditHeadToken.Read(line) ?? throw new SettingException("--heads", $"line {heads.Count + 1} of {file} is no head."));
        return heads;
    }
}
