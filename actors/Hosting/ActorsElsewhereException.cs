namespace StepCloud.Actors.Hosting;

/// <summary>This process only reads: what was asked for needs an actor, and another process runs those.</summary>
public sealed class ActorsElsewhereException : Exception
{
    public ActorsElsewhereException()
    {
    }

    public ActorsElsewhereException(string message) : base(message)
    {
    }

    public ActorsElsewhereException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
