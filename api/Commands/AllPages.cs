namespace StepCloud.Api.Commands;

/// <summary>A whole list, for a command that shows it at once, read in the pages that the store gives.</summary>
internal static class AllPages
{
    private const int PageRows = 1000;

    /// <param name="readPage">Reads that many rows behind the given one; behind null, from the beginning.</param>
    public static async Task<List<T>> ReadAsync<T>(Func<T?, int, Task<IReadOnlyList<T>>> readPage) where T : class
    {
        List<T> rows = [];
        IReadOnlyList<T> page;
        do
        {
            page = await readPage(rows.LastOrDefault(), PageRows);
            rows.AddRange(page);
        }
        while (page.Count == PageRows);

        return rows;
    }
}
