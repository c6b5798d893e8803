using Microsoft.AspNetCore.Http.HttpResults;

namespace StepCloud.Api.Http;

/// <summary>A page of a list.</summary>
/// <param name="Next">To be given as `before` or `after` for the next page; null on the last one.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

internal static class PageLimits
{
    public const int Default = 50;

    /// <summary>A page that a person can still scroll; a program asks for several.</summary>
    public const int Max = 200;

    /// <returns>Null when the limit is within its range.</returns>
    public static ProblemHttpResult? Check(int? limit) => limit is null or (>= 1 and <= Max)
        ? null
        : Problems.InvalidRequest("limit", $"The limit must be between 1 and {Max}.");

    /// <summary>Makes a page of what was read with one row more than asked for.</summary>
    public static Page<TItem> ToPage<TRow, TItem>(
        this IReadOnlyList<TRow> rows, int limit, Func<TRow, TItem> toItem, Func<TRow, string> keyOf) => new(
        [.. rows.Take(limit).Select(toItem)], rows.Count > limit ? keyOf(rows[limit - 1]) : null);
}
