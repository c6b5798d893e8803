using System.Globalization;

namespace StepCloud.Storage.Registry;

/// <summary>The SQL of a search in the order of ids: right for a word that every second row has and for one that no row has.</summary>
/// <remarks>
/// The index of words gives all rows with a word at once and in no order: right for few, and a second's work for a million. The index of the
/// order gives rows one by one: right when every hundredth has the word, and again a second's work when none has. The planner chooses by what it
/// believes of the word, and it can know little of beginnings of words, of pairs, and of where in the order they stand. So it is not asked:
/// the next <see cref="Walked"/> rows of the order are looked at first, which finds a page of whatever is frequent and ends early; only if that
/// was no page and there are more rows, the index of words is asked for the rest, which then has few. What is beyond the edge is picked
/// afterwards: the planner would read the whole index of ids for it.
/// </remarks>
internal static class RegistrySearch
{
    /// <summary>Rows of the order that are looked at: it costs some milliseconds, and leaves to the other index what one row in a hundred has at most.</summary>
    public const int Walked = 10_000;

    /// <param name="organization">Whose; begins with `AND`, or is empty.</param>
    /// <param name="after">Where the page before ended; begins with `AND`, or is empty.</param>
    /// <param name="where">All that the list must hold to, the words included.</param>
    /// <param name="isJoined">Whether <paramref name="where"/> speaks of other tables.</param>
    public static string Text(
        RegistryEntity entity, string columns, string organization, string after, string where, string limit, bool isDescending, bool isJoined)
    {
        (string order, string beyond) = isDescending ? ("DESC", "<") : ("ASC", ">");
        string scope = organization + after;
        string joins = isJoined ? entity.Joins : "";
        return string.Create(CultureInfo.InvariantCulture, $"""
            WITH near AS MATERIALIZED (
                SELECT t.id FROM (SELECT * FROM {entity.Table} AS t WHERE true{scope} ORDER BY t.id {order} LIMIT {Walked}) AS t {joins}{where}
                ORDER BY t.id {order} LIMIT {limit}
            ), edge AS MATERIALIZED (
                SELECT t.id FROM {entity.Table} AS t WHERE (SELECT count(*) FROM near) < {limit}{scope} ORDER BY t.id {order} OFFSET {Walked - 1} LIMIT 1
            ), far AS MATERIALIZED (
                SELECT t.id FROM {entity.Table} AS t {joins}{where}{organization} AND (SELECT id FROM edge) IS NOT NULL
            )
            SELECT {columns} FROM {entity.From}
            WHERE t.id = ANY (ARRAY(SELECT id FROM near UNION ALL (SELECT id FROM far WHERE id {beyond} (SELECT id FROM edge) ORDER BY id {order} LIMIT {limit})))
            ORDER BY t.id {order} LIMIT {limit}
            """);
    }
}
