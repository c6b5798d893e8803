namespace StepCloud.Actors.Hosting;

/// <summary>An actor that does something before its first call and after its last one. Both run in the actor's turn.</summary>
public interface IActivated
{
    Task ActivateAsync(CancellationToken cancellationToken);

    Task DeactivateAsync(CancellationToken cancellationToken);
}
