from qinr_lightning.reporting import collect
from qinr_lightning.reporting.figures import draw_figures


def test_figures_have_the_papers_numbers_where_it_shows_the_same(make_run, tmp_path):
    make_run("ae")
    make_run("vae", model="vae")
    make_run("classical", model="vae", choices={"decoder": "classical"}, changed={"decoder": "classical"})
    paths = draw_figures(collect([tmp_path]).runs, tmp_path)
    assert {path.name for path in paths} == {
        "figure9_loss_reconstruction_fashion_qinr_ae.png",
        "figure7_loss_reconstruction_fashion_qinr_vae.png",
        "figure8_loss_total_fashion_qinr_vae.png",
        "loss_reconstruction_fashion_classical_vae.png",
        "loss_total_fashion_classical_vae.png",
    }
