namespace StepCloud.Api.Commands;

/// <summary>Tells whoever watches a terminal how far it is, on one line that is gone afterwards.</summary>
/// <param name="what">Is counted.</param>
internal sealed class ProgressLine(string what) : IProgress<long>, IDisposable
{
    private readonly bool _isShown = !Console.IsErrorRedirected;
    private bool _isDirty;

    public void Report(long value)
    {
        if (!_isShown) return;
        Console.Error.Write($"\r{value} {what}");
        _isDirty = true;
    }

    public void Dispose()
    {
        if (_isDirty) Console.Error.Write("\r                              \r");
        _isDirty = false;
    }
}
