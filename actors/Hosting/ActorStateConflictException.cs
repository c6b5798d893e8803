namespace StepCloud.Actors.Hosting;

/// <summary>Somebody else wrote this actor's state: this activation is not the only one and must end.</summary>
public sealed class ActorStateConflictException : Exception
{
    public ActorStateConflictException()
    {
    }

    public ActorStateConflictException(string message) : base(message)
    {
    }

    public ActorStateConflictException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
