import numpy as np

from emigre.calibration.surface import features, fit_surface, shrunk_covariance
from tolerances import CLOSED_FORM


def made(n=120, k=3, chance=0.0, seed=1):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, k)) + 0.3
    y = np.column_stack([1 + 2 * z[:, 0] - z[:, 1] * z[:, 2], 0.5 * z[:, 1] ** 2 - z[:, 2]])
    return z, y + chance * rng.normal(size=y.shape)


def test_a_quadratic_response_is_recovered():
    z, y = made()
    surface = fit_surface(z, y)
    # the smallest penalty is 0.01 of a product's weight: hence not to the last digit
    assert np.allclose(surface.predict(z), y, atol=2e-3)
    assert np.allclose(surface.explained, 1.0, atol=1e-5)
    step = 1e-6
    for i in range(3):
        shift = np.zeros(3)
        shift[i] = step
        up, down = (
            surface.predict((z.mean(axis=0) + shift)[None]),
            surface.predict((z.mean(axis=0) - shift)[None]),
        )
        assert np.allclose((up - down)[0] / (2 * step), surface.slope()[:, i], atol=1e-6)


def test_chance_is_the_remainder():
    z, y = made(n=4000, chance=0.3)
    result = np.sqrt(np.diag(fit_surface(z, y).noise))
    # relative standard error of a standard deviation from n members: 1 / sqrt(2 n)
    assert np.all(np.abs(result / 0.3 - 1.0) < 6 / np.sqrt(2 * 4000))


def test_leave_one_out_is_that_of_fits_without_the_member():
    z, y = made(n=30, chance=0.3)
    x = features((z - z.mean(axis=0)) / z.std(axis=0))
    surface = fit_surface(z, y)
    # of all penalties the one with the smallest error of members that were left out
    best = np.full(2, np.inf)
    for penalty in np.geomspace(1e-2, 1e5, 15):
        weights = np.diag([0.0] + [penalty * 1e-9] * 3 + [penalty] * 6)
        errors = np.empty_like(y)
        for i in range(len(z)):
            rest = np.arange(len(z)) != i
            b = np.linalg.solve(x[rest].T @ x[rest] + weights, x[rest].T @ y[rest])
            errors[i] = y[i] - x[i] @ b
        best = np.minimum(best, (errors**2).mean(axis=0))
    assert np.allclose(np.diag(surface.noise), best, rtol=1e-6)


def test_few_members_give_a_plane():
    z, y = made(n=12)
    surface = fit_surface(z, y)
    assert surface.coefficients.shape == (4, 2)
    assert surface.predict(z).shape == (12, 2)


def test_a_figure_that_never_moves_has_no_chance():
    z, y = made()
    y[:, 1] = 7.0
    surface = fit_surface(z, y)
    assert surface.noise[1, 1] < 1e-12
    assert surface.explained[1] == 0.0
    assert np.isfinite(surface.noise).all()


def test_correlations_are_shrunk_and_variances_kept():
    rng = np.random.default_rng(3)
    errors = rng.normal(size=(40, 6)) @ np.diag([1, 2, 3, 1, 1, 1])
    errors[:, 1] += errors[:, 0]
    result = shrunk_covariance(errors)
    assert np.allclose(np.diag(result), (errors**2).mean(axis=0), rtol=CLOSED_FORM)
    plain = errors.T @ errors / 40
    assert abs(result[0, 1]) < abs(plain[0, 1])
    assert np.linalg.eigvalsh(result).min() > 0
    many = rng.normal(size=(200_000, 2)) @ np.array([[1.0, 0.8], [0.0, 0.6]])
    assert np.allclose(shrunk_covariance(many)[0, 1], (many[:, 0] * many[:, 1]).mean(), rtol=1e-3)
