using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Contracts.Steps;
using StepCloud.Storage.Retention;

namespace StepCloud.Api.Retention;

/// <summary>How long an organization keeps its steps.</summary>
internal static class RetentionEndpoints
{
    private const string Path = "/organization/retention";

    public static void MapRetention(this RouteGroupBuilder group)
    {
        group.MapGet(Path, FindAsync).WithSummary("How long steps and their samples are kept");
        group.MapPut(Path, ReplaceAsync).RequirePasswordSession().WithSummary("Say how long steps and their samples are kept")
            .WithDescription(
                "Owners only. All rules are replaced; a kind that is left out is kept for ever. What is due is taken away once a day, by whole months, and cannot be brought back; "
                + "what a legal hold names stays. Look at the preview first.")
            .ProducesProblem(400).ProducesProblem(403).WithMetadata(AllowedRoles.ManagingRetention);
        group.MapGet(Path + "/preview", PreviewAsync).WithSummary("What would be taken away by now, by the rules and the legal holds as they are")
            .WithDescription("Reads what is due, which takes its time when that is much.")
            .ProducesProblem(403).WithMetadata(AllowedRoles.ManagingRetention);
    }

    private static async Task<Ok<RetentionResponse>> FindAsync(HttpContext context, RetentionRules rules, CancellationToken cancellationToken) =>
        TypedResults.Ok(RetentionResponse.Of(await rules.FindAsync(context.Organization(), cancellationToken)));

    private static async Task<Results<Ok<RetentionResponse>, ProblemHttpResult>> ReplaceAsync(
        RetentionRequest request, HttpContext context, RetentionRules rules, CancellationToken cancellationToken)
    {
        if (request.Read(out List<RetentionRule> read) is { } problem) return problem;
        return TypedResults.Ok(RetentionResponse.Of(await rules.ReplaceAsync(context.Organization(), read, context.UserDoer(), cancellationToken)));
    }

    private static async Task<Ok<RetentionPreview>> PreviewAsync(HttpContext context, RetentionRun run, CancellationToken cancellationToken) => TypedResults.Ok(
        new RetentionPreview([.. (await run.PreviewAsync(context.Organization(), null, cancellationToken)).Select(of => new DueMonth(of.Month, of.Thinned, of.Dropped))]));
}

/// <param name="Kind">`task_performed` or `settings_changed`.</param>
/// <param name="SeriesMonths">Samples are kept for so many whole months after the step's own, 1 to 1200; then what is known of each series is kept alone. Null: for ever.</param>
/// <param name="StepsYears">Steps are kept for so many whole years after their month, 1 to 100. Null: for ever.</param>
public sealed record RetentionRuleOfKind(string Kind, int? SeriesMonths = null, int? StepsYears = null);

/// <param name="Rules">One for each kind of steps.</param>
public sealed record RetentionResponse(IReadOnlyList<RetentionRuleOfKind> Rules)
{
    public static RetentionResponse Of(IReadOnlyList<RetentionRule> rules) =>
        new([.. rules.Select(rule => new RetentionRuleOfKind(WireNames.Of(rule.Kind), rule.SeriesMonths, rule.StepsYears))]);
}

public sealed record RetentionRequest(IReadOnlyList<RetentionRuleOfKind> Rules)
{
    internal ProblemHttpResult? Read(out List<RetentionRule> rules)
    {
        rules = [];
        for (int i = 0; i < Rules.Count; i++)
        {
            RetentionRuleOfKind? given = Rules[i];
            string at = $"/rules/{i}";
            if (given is null) return Problems.InvalidRequest(at, "It must be a rule.");
            if (Enum.GetValues<StepKind>().Where(kind => WireNames.Of(kind) == given.Kind).Select(kind => (StepKind?)kind).FirstOrDefault() is not { } known)
                return Problems.InvalidRequest(at + "/kind", "It must be task_performed or settings_changed.");
            if (rules.Exists(rule => rule.Kind == known)) return Problems.InvalidRequest(at + "/kind", "It has a rule already.");
            if (given.SeriesMonths is < 1 or > RetentionRule.SeriesMonthsMax)
                return Problems.InvalidRequest(at + "/series_months", $"It must be between 1 and {RetentionRule.SeriesMonthsMax}, or null for ever.");
            if (given.StepsYears is < 1 or > RetentionRule.StepsYearsMax)
                return Problems.InvalidRequest(at + "/steps_years", $"It must be between 1 and {RetentionRule.StepsYearsMax}, or null for ever.");
            if (given.SeriesMonths > given.StepsYears * 12)
                return Problems.InvalidRequest(at + "/series_months", "Samples cannot be kept for longer than their steps.");
            rules.Add(new RetentionRule(known, given.SeriesMonths, given.StepsYears));
        }

        return null;
    }
}

/// <param name="Months">Those of which something is due, the oldest first.</param>
public sealed record RetentionPreview(IReadOnlyList<DueMonth> Months);

/// <param name="Month">Such as `2026-03`.</param>
/// <param name="Thinned">Steps that would lose their samples.</param>
/// <param name="Dropped">Steps that would be gone.</param>
public sealed record DueMonth(string Month, long Thinned, long Dropped);
