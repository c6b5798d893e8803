using System.CommandLine;
using StepCloud.Api.Hosting;
using StepCloud.Api.Workflows;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;
using StepCloud.Storage.Workflows;

namespace StepCloud.Api.Commands;

/// <summary>`stepcloud job`: verify what was signed.</summary>
internal sealed class JobCommand(TimeProvider clock)
{
    private const int JobsPerRead = 200;

    private readonly CommonOptions _common = new();
    private readonly Option<bool> _json = CommandJson.Option();
    private readonly OrganizationOption _organization = new("Jobs of that organization only.");

    public Command Create()
    {
        Command verify = new("verify", "Hold every signed job against what was signed, steps and samples too, and name those that were altered since.") { _json };
        _organization.AddTo(verify);
        _common.AddTo(verify);
        verify.SetAction((parsed, cancellationToken) => VerifyAsync(parsed, cancellationToken));
        return new Command("job", "What was made, and signed.") { verify };
    }

    private Task<int> VerifyAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        OrganizationId? organization = _organization.Read(parsed);
        return DatabaseOnly.UseAsync(
            _common.CreateBuilder(parsed).Configuration,
            async database =>
            {
                await OrganizationOption.RequireAsync(organization, database.Database, cancellationToken);
                JobVerification jobs = new(
                    database.Database, new StepVerification(database.Database));
                JobProof proof = new(jobs, new SigningKeyStore(database.Database));
                (long verified, List<JobVerdict> altered) = await VerifyAsync(jobs, proof, organization, cancellationToken);
                if (parsed.GetValue(_json))
                {
                    Console.WriteLine(CommandJson.Text(new { signed = verified, altered }));
                }
                else
                {
                    foreach (JobVerdict verdict in altered)
                        foreach (string difference in verdict.Differences) Console.WriteLine($"job {verdict.Code} ({verdict.Job}): {difference}");
                    Console.WriteLine($"{verified} signed jobs, {altered.Count} altered");
                }

                return altered.Count == 0 ? ExitCodes.Good : ExitCodes.Bad;
            },
            clock,
            cancellationToken);
    }

    private static async Task<(long Verified, List<JobVerdict> Altered)> VerifyAsync(
        JobVerification jobs, JobProof proof, OrganizationId? organization, CancellationToken cancellationToken)
    {
        using ProgressLine progress = new("jobs");
        long verified = 0;
        List<JobVerdict> altered = [];
        for (JobId? after = null; ;)
        {
            List<(OrganizationId Organization, JobId Job)> page = await jobs.ListSignedAsync(organization, after, JobsPerRead, cancellationToken);
            foreach ((OrganizationId of, JobId job) in page)
            {
                if (await proof.VerifyAsync(of, job, cancellationToken) is { Differences.Count: > 0 } verdict) altered.Add(verdict);
                progress.Report(++verified);
            }

            if (page.Count < JobsPerRead) return (verified, altered);
            after = page[^1].Job;
        }
    }
}
