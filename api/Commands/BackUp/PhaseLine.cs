namespace StepCloud.Api.Commands.BackUp;

/// <summary>Tells whoever watches a terminal what long work is at, on one line that is gone afterwards.</summary>
internal sealed class PhaseLine : IProgress<string>, IDisposable
{
    private const int CharsMax = 100;

    private readonly bool _isShown = !Console.IsErrorRedirected;
    private int _shown;

    public void Report(string value)
    {
        if (!_isShown) return;
        string text = value.Length <= CharsMax ? value : value[..CharsMax];
        Console.Error.Write($"\r{text.PadRight(_shown)}");
        _shown = text.Length;
    }

    public void Dispose()
    {
        if (_shown > 0) Console.Error.Write($"\r{new string(' ', _shown)}\r");
        _shown = 0;
    }
}
