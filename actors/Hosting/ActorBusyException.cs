namespace StepCloud.Actors.Hosting;

/// <summary>Too many calls wait for one actor. The caller may try again.</summary>
public sealed class ActorBusyException : Exception
{
    public ActorBusyException()
    {
    }

    public ActorBusyException(string message) : base(message)
    {
    }

    public ActorBusyException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
